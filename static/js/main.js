// Every behaviour of the pages, one module each. A module binds itself to its data- attribute and does nothing elsewhere.
import "./theme.js";
import "./confirm.js";
import "./menu.js";
import "./drawer.js";
import "./focus.js";
import "./once.js";
import "./auto-submit.js";
import "./bulk.js";
import "./people-rows.js";
import "./copy.js";
import "./job-bar.js";
import "./amount-echo.js";
import "./only-if.js";
import "./reorder.js";
import "./rows.js";
import "./credit-code.js";
