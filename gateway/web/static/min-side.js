// Opens the bell in place, and makes varsler real links. Without this script the same forms do the work.
"use strict";

(() => {
  const banner = document.querySelector("[data-bjelle]");
  if (!banner) return;
  const knapp = banner.querySelector(".bjelle");
  const panel = document.getElementById("varsler");
  let henter = false;
  document.documentElement.classList.add("har-skript");

  const erAapen = () => !panel.hidden;

  const lukk = () => {
    panel.hidden = true;
    knapp.setAttribute("aria-expanded", "false");
    if (location.search) history.replaceState(null, "", location.pathname);
  };

  const vis = (html) => {
    panel.innerHTML = html;
    gjoerTilLenker();
    panel.hidden = false;
    panel.scrollTop = 0;
    knapp.setAttribute("aria-expanded", "true");
    banner.querySelectorAll(".bjelle__antall, [data-antall-nye]").forEach((merke) => merke.remove());
  };

  const aapne = async () => {
    if (henter) return;
    henter = true;
    try {
      const svar = await fetch(banner.dataset.bjelle, {
        method: "POST",
        body: new URLSearchParams({ csrf: banner.dataset.csrf, svar: "panel" }),
        redirect: "error",
      });
      if (!svar.ok) throw new Error(String(svar.status));
      vis(await svar.text());
    } catch {
      // Signed out, an old page, or no answer: the page itself tells which.
      location.assign(location.pathname);
    } finally {
      henter = false;
    }
  };

  // A link can be opened in a new tab, and is announced as one; the click is noted beside it.
  const gjoerTilLenker = () => {
    panel.querySelectorAll("form[data-klikk]").forEach((skjema) => {
      const gammel = skjema.querySelector("button");
      const lenke = document.createElement("a");
      lenke.className = gammel.className;
      lenke.href = gammel.dataset.lenke;
      lenke.textContent = gammel.textContent;
      const noter = () => {
        navigator.sendBeacon(skjema.action, new URLSearchParams(new FormData(skjema)));
        skjema.closest(".varsel").classList.add("varsel--klikket");
      };
      lenke.addEventListener("click", noter);
      lenke.addEventListener("auxclick", (hendelse) => hendelse.button === 1 && noter());
      gammel.replaceWith(lenke);
    });
  };

  banner.querySelector("[data-bjelleskjema]").addEventListener("submit", (hendelse) => {
    hendelse.preventDefault();
    if (erAapen()) lukk();
    else aapne();
  });
  panel.addEventListener("click", (hendelse) => {
    if (!hendelse.target.closest("[data-lukk]")) return;
    hendelse.preventDefault();
    lukk();
    knapp.focus();
  });
  document.addEventListener("keydown", (hendelse) => {
    if (hendelse.key !== "Escape" || !erAapen()) return;
    lukk();
    knapp.focus();
  });
  // The panel lies over the page: it closes when mouse or focus goes elsewhere, so that it hides nothing in use.
  document.addEventListener("click", (hendelse) => {
    if (erAapen() && hendelse.target.isConnected && !panel.contains(hendelse.target) && !knapp.contains(hendelse.target)) lukk();
  });
  banner.addEventListener("focusout", (hendelse) => {
    if (erAapen() && hendelse.relatedTarget && !banner.contains(hendelse.relatedTarget)) lukk();
  });
  gjoerTilLenker();
})();
