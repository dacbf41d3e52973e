"""The only code that reads or writes the `customers` collection."""

from app.kit.firestore import Collection
from app.platform.customers.models import Customer

customers = Collection("customers", Customer)
