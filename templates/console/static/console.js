"use strict";
// New arrivals appear without a reload, unless somebody is in the middle of a form.
(() => {
  const mark = document.body.dataset.mark;
  if (mark === undefined) return;
  let known = mark;
  const busy = () => document.querySelector("details[open]") !== null;
  const look = async () => {
    if (document.hidden || busy()) return;
    const pulse = await fetch("/pulse", { redirect: "error" });
    if (!pulse.ok) return;
    const now = (await pulse.text()).trim();
    if (now === known) return;
    const page = await fetch(location.href, { redirect: "error" });
    if (!page.ok) return;
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
    document.querySelector("main").replaceWith(fresh.querySelector("main"));
    known = now;
  };
  setInterval(() => look().catch(() => undefined), 15000);
})();
// What is still worked out is asked for again until it is there.
(() => {
  const again = document.body.dataset.again;
  if (again === undefined) return;
  const look = async () => {
    const page = await fetch(again, { redirect: "error" });
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
    if (fresh.body.dataset.again !== undefined) return;
    clearInterval(asking);
    document.title = fresh.title;
    document.querySelector("main").replaceWith(fresh.querySelector("main"));
    document.querySelector("main").focus();
  };
  const asking = setInterval(() => look().catch(() => undefined), 1000);
})();
