// Loaded into firebase-tools before it starts. Its Functions emulator asks for a free port for each
// process that it starts, and a port stays free until the process listens: of two that start at
// once both may be given the same, and calls of one function are then answered by another, or the
// functions of one run discovered by another. With this no port is given twice, and runs that go on
// beside each other look for theirs in different places.
const portfinder = require("portfinder");

const PLACES = 40;
const PORTS_OF_EACH = 100;

const { getPortPromise } = portfinder;
let next = 6000 + (process.pid % PLACES) * PORTS_OF_EACH;
let turn = Promise.resolve();

portfinder.getPortPromise = (options = {}) => {
  turn = turn
    .catch(() => undefined)
    .then(async () => {
      const port = await getPortPromise({ ...options, port: next });
      next = port + 1;
      return port;
    });
  return turn;
};
