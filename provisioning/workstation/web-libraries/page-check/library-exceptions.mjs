// What style sheets of libraries use beyond the oldest browsers, each with the reason why that does no harm there.
export const LIBRARY_STYLE_EXCEPTIONS = {
  mask: "Element Plus draws the tick of a chosen option with it and gives -webkit-mask beside it, which Chromium 109 takes",
  "scrollbar-width": "Chromium 109 skips it and shows scroll bars of its usual width; nothing else depends on it",
  "scrollbar-width: none": "the same",
  "scrollbar-width: thin": "the same",
  'parse: ")" is expected': "filter: alpha(opacity=0) of old Internet Explorer; browsers skip it, opacity: 0 stands beside it",
};
