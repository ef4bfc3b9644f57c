// A seat that gets its fixed address while the page loads loses what was under way: begin anew instead of staying empty.
const AFTER_MS = 20000;

setTimeout(() => {
  if (!document.getElementById("seat").firstElementChild) window.location.reload();
}, AFTER_MS);
