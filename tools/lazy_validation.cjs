// Loaded into firebase-tools before it starts. Its Auth emulator compiles a validator for each
// parameter of each operation it knows, three quarters of the whole start-up; with this option of
// the library that it uses, each is compiled when first needed. Requests are validated as before.
const exegesis = require("exegesis-express");

const { middleware } = exegesis;
exegesis.middleware = (document, options) =>
  middleware(document, { ...options, lazyCompileValidationSchemas: true });
