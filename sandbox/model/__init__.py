"""The Gemini Developer API: answers that follow from the request and satisfy its JSON schema."""
