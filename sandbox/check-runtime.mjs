// Runs before `npm start` and `npm test`, on whatever Node npm found: says what to do where that one cannot run TypeScript.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `This needs Node 22.18 or newer, and found ${process.versions.node}. npm installs Node 24 with the project where it can;\n` +
      "here it could not. Install Node 24 (for example with nvm: nvm install 24), or run npm ci again with its optional packages.",
  );
  process.exit(1);
}
