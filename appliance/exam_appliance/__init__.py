"""The site server (考点服务端): sessions, candidates' pages, the invigilator's console."""
