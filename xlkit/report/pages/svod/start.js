// Theme, printing, and the first drawing.
const DARK = matchMedia("(prefers-color-scheme: dark)");

function remembered(value) {
  try {
    if (value !== undefined) localStorage.setItem("xlkit-theme", value);
    return localStorage.getItem("xlkit-theme");
  } catch { return null; } // a browser may forbid it to files
}

const isDark = () => (document.documentElement.dataset.theme || (DARK.matches ? "dark" : "light")) === "dark";
const nameTheme = () => { byId("theme").textContent = isDark() ? "Светлая тема" : "Тёмная тема"; };

byId("theme").addEventListener("click", () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  remembered(document.documentElement.dataset.theme);
  nameTheme();
});
DARK.addEventListener("change", nameTheme);
byId("print").addEventListener("click", () => print());
const theme = remembered();
if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
nameTheme();

drawHeadline();
drawIntake();
drawTotals();
drawProgress();
drawMap();
drawDifferences();
drawFindings();

let width = innerWidth, waiting = 0;
addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => { if (innerWidth !== width) { width = innerWidth; redraws.forEach(draw => draw()); } }, 150);
});
document.documentElement.dataset.ready = "yes";
