"""plotly.js inside of pages that open without a network, packed."""

import gzip
import re
from base64 import b64encode
from functools import cache
from importlib.metadata import version

from sweep.common.disk_cache import cached

CHART = re.compile(r"<script[^>]*>(?=\s*window\.PLOTLYENV)")  # begins a chart in a page by plotly
UNPACK = """<script>
(async () => {
  const bytes = Uint8Array.from(atob("{packed}"), c => c.charCodeAt(0));
  const source = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  const run = text => document.body.append(Object.assign(document.createElement("script"), {textContent: text}));
  run(source);
  document.querySelectorAll('script[type="text/x-chart"]').forEach(chart => run(chart.textContent));
})();
</script>"""


@cache
def packed_plotly() -> str:
    """plotly.js of the installed plotly, gzipped, as base64."""

    def pack() -> bytes:
        from plotly.offline import get_plotlyjs

        return b64encode(gzip.compress(get_plotlyjs().encode(), 9, mtime=0))

    return cached(f"plotly-{version('plotly')}.js.gz.b64", pack).decode()
