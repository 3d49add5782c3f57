(() => {
  const root = document.documentElement, frames = [...document.querySelectorAll("iframe")];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = "";
  const fit = (frame) => {
    const inner = frame.contentDocument;
    if (!inner || !inner.body) return;
    frame.style.height = "0px";
    frame.style.height = inner.documentElement.scrollHeight + "px";
  };
  const tint = (frame) => {
    const isDark = (chosen || (dark.matches ? "dark" : "light")) === "dark";
    for (const sheet of frame.contentDocument.styleSheets) for (const rule of sheet.cssRules) {
      if (!rule.media) continue;
      rule.kept = rule.kept || rule.media.mediaText;
      if (rule.kept.includes("prefers-color-scheme: dark")) rule.media.mediaText = isDark ? "all" : "not all";
    }
    fit(frame);
  };
  const all = () => frames.forEach(tint);
  for (const frame of frames) {
    frame.addEventListener("load", () => tint(frame));
    if (frame.contentDocument && frame.contentDocument.readyState === "complete") tint(frame);
  }
  for (const button of document.querySelectorAll("[data-scheme]")) button.addEventListener("click", () => {
    chosen = root.dataset.chosen = button.dataset.scheme;
    all();
  });
  document.querySelector("[data-phone]").addEventListener("click", () => { root.classList.toggle("phone"); all(); });
  addEventListener("resize", () => frames.forEach(fit));
  document.getElementById("tools").hidden = false;
  const tall = () => { root.dataset.height = String(Math.ceil(document.body.getBoundingClientRect().height)); };
  addEventListener("load", () => { all(); tall(); });
})();
