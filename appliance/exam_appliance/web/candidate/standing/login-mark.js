/**
 * Whose log-in this browser holds, told to all its pages: the cookie is one for all of them, so a page
 * may send only while the mark names its own candidate.
 */

export function createLoginMark(hall, onChange) {
  const key = `kaodian.login.${hall}`;
  let own = "";

  function stored() {
    try {
      return window.localStorage.getItem(key) || "";
    } catch (error) {
      return own;
    }
  }

  window.addEventListener("storage", (event) => {
    if (event.key === key && event.newValue !== own) onChange();
  });

  return {
    /** The admission ticket, empty while nobody is logged in or a log-in is under way. */
    ticket: stored,
    set(ticket) {
      own = ticket;
      try {
        if (stored() !== ticket) window.localStorage.setItem(key, ticket);
      } catch (error) {
        // Without storage there is just this page to tell.
      }
    },
  };
}
