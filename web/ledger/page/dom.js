// Elements from data. Data becomes text or an attribute's value, never markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Returns an HTML element.
 *
 * @param properties attributes; a function is a listener (`onclick`), `true` is an empty attribute,
 *   and what is `null`, `undefined` or `false` is left out.
 * @param children elements, texts, or nothing (`null`).
 */
export const h = (name, properties = {}, ...children) =>
  filled(document.createElement(name), properties, children);

/** Returns an SVG element. */
export const svg = (name, properties = {}, ...children) =>
  filled(document.createElementNS(SVG, name), properties, children);

/** Replaces what is in an element. */
export function show(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
}

export const find = (id) => document.getElementById(id);

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  show(element, ...children);
  return element;
}
