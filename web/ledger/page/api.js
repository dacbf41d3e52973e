// What the site's functions and the log's bucket answer.

const SECONDS = 20;
const TRIES = 3;
const PAUSE_MS = 800;

/** A request got no usable answer; the message says so to the reader. */
export class UnavailableError extends Error {}

/** Returns the answer of a public function, such as `ledger_page`. Throws UnavailableError. */
export async function ask(name, query, signal) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const answer = await get(`/api/${name}?${new URLSearchParams(given)}`, { signal });
  try {
    return await answer.json();
  } catch (error) {
    throw new UnavailableError("The answer of the server cannot be read.", { cause: error });
  }
}

/** Returns what reads the bytes at a path of the log at `url`. */
export function reader(url) {
  const prefix = url.replace(/\/+$/, "");
  return async (path, options) => {
    const answer = await get(`${prefix}/${path}`, options);
    return new Uint8Array(await answer.arrayBuffer());
  };
}

/** Fetches, trying again where waiting may help. */
async function get(url, { signal, cache = "default" } = {}) {
  for (let tries = 1; ; tries += 1) {
    const last = tries === TRIES;
    let answer;
    try {
      const limits = [AbortSignal.timeout(SECONDS * 1000), ...(signal ? [signal] : [])];
      answer = await fetch(url, { cache, credentials: "omit", signal: AbortSignal.any(limits) });
      if (answer.ok) return answer;
    } catch (error) {
      signal?.throwIfAborted();
      if (last) throw new UnavailableError("The server does not answer.", { cause: error });
    }
    if (answer && (last || (answer.status < 500 && answer.status !== 429))) {
      throw new UnavailableError(`The server refused (${answer.status}).`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * tries));
  }
}
