// A USB scanner is a keyboard that types fast and ends with Enter. Whatever has the focus, what it types goes into the
// field, and neither its letters nor its Enter press a button.
const FAST = 80; // milliseconds between two keys; people are slower

export function listen(field, send) {
  let last = 0;
  let fast = 0;
  document.addEventListener("keydown", (event) => {
    const since = event.timeStamp - last;
    last = event.timeStamp;
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    fast = since < FAST ? fast + 1 : 0;
    const inField = event.target === field;
    if (event.key === "Enter" && (inField || fast > 3)) {
      event.preventDefault();
      event.stopPropagation();
      send();
    } else if (event.key === "Tab" && fast > 3) {
      event.preventDefault();
    } else if (event.key.length === 1 && !inField && !isTyping(event.target) && (event.key !== " " || fast > 3)) {
      event.preventDefault();
      event.stopPropagation();
      field.value += event.key;
      field.focus();
    }
  }, { capture: true });
  addEventListener("focus", () => field.focus());
}

function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
}
