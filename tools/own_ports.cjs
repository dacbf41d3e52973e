// Loaded into firebase-tools before it starts. Its Functions emulator asks for a free port for each
// process that it starts, and a port stays free until the process listens: of two that start at
// once both may be given the same, and calls of one function are then answered by another. With
// this no port is given twice.
const portfinder = require("portfinder");

const { getPortPromise } = portfinder;
const given = new Set();
let turn = Promise.resolve();

portfinder.getPortPromise = (options = {}) => {
  turn = turn
    .catch(() => undefined)
    .then(async () => {
      let port = await getPortPromise(options);
      while (given.has(port)) port = await getPortPromise({ ...options, port: port + 1 });
      given.add(port);
      return port;
    });
  return turn;
};
