/* The cards of the page: each shot's player, its slider, its words; and the tools above them. */
import { Places } from "./player/places.js";
import { Player } from "./player/player.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");

class Shot {
  constructor(card) {
    this.card = card;
    this.player = new Player(card.querySelector(".stage"));
    this.player.atEnd = "swing";
    this.play = card.querySelector(".play");
    this.slider = card.querySelector(".frame");
    this.clock = card.querySelector(".clock");
    this.fanButton = card.querySelector(".fan");
    this.player.addEventListener("frame", () => this.show());
    this.places = new Places();
    card.querySelector(".lens").after(this.places.element);
    this.listen();
    const scene = JSON.parse(card.dataset.scene);
    this.found = scene.found;
    this.player.adopt(scene);
  }

  listen() {
    const { player, play } = this;
    play.hidden = false;
    this.card.querySelector(".controls").hidden = false;
    const view = this.card.querySelector(".stage");
    view.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "touch" && !calm.matches) player.play();
    });
    view.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch" && !play.matches(":focus-visible")) player.goBack();
    });
    play.addEventListener("focus", () => {
      if (play.matches(":focus-visible") && !calm.matches) player.play();
    });
    play.addEventListener("blur", () => player.goBack());
    play.addEventListener("click", () => (player.isPlaying ? player.pause() : player.play()));
    this.slider.addEventListener("input", () => player.seek(Number(this.slider.value)));
    this.fanButton.addEventListener("click", () => this.spread(player.mode !== "fan"));
    for (const word of this.card.querySelectorAll("mark, .layers li")) {
      word.addEventListener("pointerenter", () => this.light(word.dataset.layer));
      word.addEventListener("pointerleave", () => this.light(null));
    }
  }

  spread(on) {
    this.player.mode = on ? "fan" : "film";
    this.fanButton.setAttribute("aria-pressed", String(on));
  }

  light(layer) {
    this.player.light(layer === null ? null : [this.player.scene.layers[layer].id]);
    for (const word of this.card.querySelectorAll("mark, .layers li")) {
      word.classList.toggle("on", word.dataset.layer === layer);
    }
  }

  show() {
    const { player } = this;
    this.card.classList.toggle("live", player.isLive);
    this.places.show(player.mode === "film" ? this.found ?? [] : [], Math.round(player.frame));
    this.play.setAttribute("aria-pressed", String(player.isPlaying));
    this.slider.value = String(player.frame);
    this.clock.textContent = `${player.time.toFixed(1)} s`;
  }
}

const shots = [...document.querySelectorAll("[data-scene]")].map((card) => new Shot(card));

const all = document.querySelector(".fan-all");
all.hidden = !shots.length;
all.addEventListener("click", () => {
  const on = all.getAttribute("aria-pressed") !== "true";
  all.setAttribute("aria-pressed", String(on));
  for (const shot of shots) shot.spread(on);
});

const find = document.querySelector(".find");
const nothing = document.querySelector(".nothing");
const cards = [...document.querySelectorAll(".shot")];
find.hidden = cards.length < 2;
find.addEventListener("input", () => {
  const wanted = find.value.trim().toLocaleLowerCase();
  for (const card of cards) {
    card.hidden = !card.textContent.toLocaleLowerCase().includes(wanted);
  }
  nothing.hidden = cards.some((card) => !card.hidden);
});
