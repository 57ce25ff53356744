// Each module finds its elements by their data- attributes, and does nothing
// where there are none.
import { comboboxes } from "./search.js";
import { trees } from "./tree.js";
import { copies } from "./copy.js";
import { links } from "./link.js";
import { menus } from "./menu.js";
import { drafts } from "./draft.js";
import { orders } from "./order.js";
import { lives } from "./live.js";
import { nests } from "./nest.js";

comboboxes(document);
trees(document);
copies(document);
links(document);
menus(document);
drafts(document);
orders(document);
lives(document);
nests(document);
