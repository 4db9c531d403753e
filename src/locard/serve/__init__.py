"""The HTTP service: uploads, a queue that survives restarts, reports, maps and tiles.

`locard.serve.wire` holds what goes over the wire and needs nothing beyond the core, so that
`locard.client` can use it; the rest needs the extra ``serve``.
"""
