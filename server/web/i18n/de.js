/** @type {import("./translate.js").Catalogue} */
export default {};
