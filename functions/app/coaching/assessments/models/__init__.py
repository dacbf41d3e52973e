"""The data of assessments: answers, documents and messages."""
