"""plotly.js and data inside of pages that open without a network, packed."""

import gzip
import re
from base64 import b64encode
from functools import cache
from importlib.metadata import version

from sweep.common.disk_cache import cached

CHART = re.compile(r"<script[^>]*>(?=\s*window\.PLOTLYENV)")  # begins a chart in a page by plotly
UNPACK = """<script>
(async () => {
  const unpacked = packed => {
    const bytes = Uint8Array.from(atob(packed), c => c.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  };
  const run = text => document.body.append(Object.assign(document.createElement("script"), {textContent: text}));
  const scripts = kind => document.querySelectorAll(`script[type="text/x-${kind}"]`);
  for (const box of scripts("packed")) box.textContent = await unpacked(box.textContent);
  scripts("page").forEach(script => run(script.textContent));
  run(await unpacked("{packed}"));
  scripts("chart").forEach(chart => run(chart.textContent));
})();
</script>"""  # data, then the page's own scripts, which show the tables, then plotly.js and what it draws


@cache
def packed_plotly() -> str:
    """plotly.js of the installed plotly, gzipped, as base64."""

    def pack() -> bytes:
        from plotly.offline import get_plotlyjs

        return packed(get_plotlyjs()).encode()

    return cached(f"plotly-{version('plotly')}.js.gz.b64", pack).decode()


def packed(text: str) -> str:
    """A text as the page unpacks it: gzipped, as base64."""
    return b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()
