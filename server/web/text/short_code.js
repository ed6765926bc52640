/** The short code of a room: IPv4 address and port (shared/short_code.py). @module */

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // base 32 of Crockford

/**
 * Return the address of a code as people type it, "192.168.1.69:18001"; or the rule that it
 * breaks, as the problem `bad_link` has it.
 *
 * @param {string} typed
 * @returns {{address: string} | {rule: string}}
 */
export function decode(typed) {
  const letters = typed.replace(/[\s-]/g, "");
  if (/[^0-9a-tv-z]/i.test(letters)) return { rule: "code_characters" };
  if (letters.length !== 8 && letters.length !== 11) return { rule: "code_length" };
  const text = letters.toUpperCase().replace(/[IL]/g, "1").replaceAll("O", "0");
  const digits = Array.from(text, (letter) => DIGITS.indexOf(letter));
  const last = digits.pop();
  // Each digit has a weight of its own in the field GF(32): docs/protocol.md, "Short codes".
  const check = digits.reduce((sum, digit) => {
    const next = (sum ^ digit) << 1;
    return next < 32 ? next : next ^ 37;
  }, 0);
  const value = digits.reduce((sum, digit) => sum * 32 + digit, 0); // 50 bits at most
  const ports = digits.length === 7 ? 8 : 65536;
  const [host, port] = [Math.floor(value / ports), (value % ports) + (ports === 8 ? 18000 : 0)];
  if (last !== check || host >= 2 ** 32 || !port) return { rule: "code_check" };
  const bytes = [24, 16, 8, 0].map((shift) => (host >>> shift) & 255);
  return { address: `${bytes.join(".")}:${port}` };
}
