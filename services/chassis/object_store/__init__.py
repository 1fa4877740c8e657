"""Files in any S3 server, by five calls only: put, get, stat, list, delete.

Names are ids that callers choose. Bytes are sealed by `encryption` before they leave the process.
"""

from services.chassis.object_store.errors import (
    ObjectMissingError as ObjectMissingError,
)
from services.chassis.object_store.errors import (
    StoreUnavailableError as StoreUnavailableError,
)
from services.chassis.object_store.store import ObjectFacts as ObjectFacts
from services.chassis.object_store.store import ObjectStore as ObjectStore
from services.chassis.object_store.store import StoredObject as StoredObject
from services.chassis.object_store.store import open_store as open_store
