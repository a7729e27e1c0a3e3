"""Text of pages whose data are packed (sweep/results/html/plotly_script.py)."""

import gzip
import re
from base64 import b64decode
from pathlib import Path

PACKED = re.compile(r'(<script type="text/x-packed"[^>]*>)(.*?)(?=</script>)', re.DOTALL)


def unpacked(page: Path) -> str:
    """Text of a page with its data as JSON, as its reader's browser sees them."""
    return PACKED.sub(lambda match: match[1] + gzip.decompress(b64decode(match[2])).decode(), page.read_text("utf-8"))
