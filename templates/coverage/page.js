(() => {
  const find = document.getElementById("find"), state = document.getElementById("state"), said = document.getElementById("said");
  const jobs = [...document.querySelectorAll("li[data-job]")].map((li) => [li, li.textContent.toLowerCase()]);
  const rows = [...document.querySelectorAll("tr[data-state]")], teams = [...document.querySelectorAll("details.team")];
  const opened = teams.map((team) => team.open);
  const apply = () => {
    const text = find.value.trim().toLowerCase(), want = state.value, on = Boolean(text || want);
    let shown = 0;
    for (const [li, words] of jobs) li.classList.toggle("none", Boolean(text) && !words.includes(text));
    for (const row of rows) {
      const left = want && row.dataset.state !== want ? 0 : row.querySelectorAll("li[data-job]:not(.none)").length;
      row.classList.toggle("none", left === 0);
      for (const more of row.querySelectorAll("details.more")) more.open = Boolean(text) && left > 0;
      shown += left;
    }
    teams.forEach((team, at) => {
      const any = team.querySelector("tr[data-state]:not(.none)") !== null;
      team.classList.toggle("none", !any);
      team.open = on ? any : opened[at];
    });
    said.textContent = on ? shown + " of " + jobs.length + " jobs" : "";
  };
  let waiting = 0;
  find.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 120); });
  state.addEventListener("change", apply);
  document.getElementById("tools").hidden = false;
})();
