"""plotly.js for pages that open without a network: packed inside of them, or loaded from its address."""

import gzip
from base64 import b64encode
from functools import cache
from importlib.metadata import version

from sweep.common.disk_cache import cached

CDN = '<script src="https://cdn.plot.ly/plotly-{version}.min.js" charset="utf-8"></script>'
UNPACK = """<script>
(async () => {
  const bytes = Uint8Array.from(atob("{packed}"), c => c.charCodeAt(0));
  const source = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  const run = text => document.body.append(Object.assign(document.createElement("script"), {textContent: text}));
  run(source);
  document.querySelectorAll('script[type="text/x-chart"]').forEach(chart => run(chart.textContent));
})();
</script>"""


def plotly_version() -> str:
    """The version of the plotly.js that the installed plotly has."""
    from plotly.offline import get_plotlyjs_version

    return get_plotlyjs_version()


@cache
def packed_plotly() -> str:
    """plotly.js of the installed plotly, gzipped, as base64."""

    def pack() -> bytes:
        from plotly.offline import get_plotlyjs

        return b64encode(gzip.compress(get_plotlyjs().encode(), 9, mtime=0))

    return cached(f"plotly-{version('plotly')}.js.gz.b64", pack).decode()
