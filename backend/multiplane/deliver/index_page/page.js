"use strict";
/* Moves the shots. Geometry and easing are those of stage/camera.py and stage/easing.py: the keys
   and planes of each manifest, evaluated at any instant between its frames. */
(() => {
  const HOLD_S = 0.6, RETURN_S = 0.7, FAN_S = 0.6;
  const FILM = ["position", "point_of_interest", "zoom", "roll", "focus_distance", "aperture"];
  const SPATIAL = new Set(["position", "point_of_interest"]);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  const mix = (a, b, t) => a + (b - a) * t;
  const mixAll = (a, b, t) => a.map((value, i) => mix(value, b[i], t));
  const smooth = (t) => t * t * (3 - 2 * t);
  const bezier = (u, a, b, c, d) => {
    const v = 1 - u;
    return v * v * v * a + 3 * v * v * u * b + 3 * v * u * u * c + u * u * u * d;
  };

  /* The parameter at which a Bezier with the abscissae 0, x1, x2, 1 reaches `x`; bisection, since
     it only grows. */
  function parameter(x, x1, x2) {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    let low = 0, high = 1;
    for (let i = 0; i < 48; i++) {
      const middle = (low + high) / 2;
      if (bezier(middle, 0, x1, x2, 1) < x) low = middle; else high = middle;
    }
    return (low + high) / 2;
  }

  /* Distance travelled at `time` (0..1) of a segment of `length` units and `seconds`. */
  function travel(leave, arrive, length, seconds, time) {
    const mean = length / seconds;
    const [outSpeed, outInfluence] = leave ?? [mean, 100 / 6];
    const [inSpeed, inInfluence] = arrive ?? [mean, 100 / 6];
    const x1 = outInfluence / 100, x2 = 1 - inInfluence / 100;
    const u = parameter(time, x1, x2);
    return bezier(u, 0, outSpeed * x1 * seconds, length - inSpeed * (1 - x2) * seconds, length);
  }

  function valueAt(keys, frame, fps, spatial) {
    const last = keys[keys.length - 1];
    if (frame <= keys[0][0]) return keys[0][1];
    if (frame >= last[0]) return last[1];
    const right = keys.findIndex((key) => key[0] > frame);
    const [f0, from, , leave] = keys[right - 1];
    const [f1, to, arrive] = keys[right];
    const time = (frame - f0) / (f1 - f0), seconds = (f1 - f0) / fps;
    if (!leave && !arrive) return mixAll(from, to, time);
    if (!spatial) {
      return from.map((v, i) => v + travel(leave, arrive, to[i] - v, seconds, time));
    }
    const length = Math.hypot(...to.map((v, i) => v - from[i]));
    if (!length) return from;
    return mixAll(from, to, travel(leave, arrive, length, seconds, time) / length);
  }

  function cameraAt(scene, frame) {
    const found = FILM.map((name) => {
      const keys = scene.keys[name];
      return keys && keys.length ? valueAt(keys, frame, scene.fps, SPATIAL.has(name)) : null;
    });
    return {
      position: found[0], aim: found[1], zoom: found[2]?.[0] ?? scene.zoom,
      roll: found[3]?.[0] ?? 0, focus: found[4]?.[0] ?? 0, aperture: found[5]?.[0] ?? 0,
    };
  }

  /* Right, down and forward directions of a camera; `stage.camera.view_axes`. */
  function axesOf({position, aim, roll}) {
    const towards = aim.map((value, i) => value - position[i]);
    const far = Math.hypot(...towards);
    const f = far > 1e-9 ? towards.map((value) => value / far) : [0, 0, 1];
    const span = Math.hypot(f[2], f[0]);
    const r = span > 1e-9 ? [f[2] / span, 0, -f[0] / span] : [1, 0, 0];
    const d = [f[1] * r[2] - f[2] * r[1], f[2] * r[0] - f[0] * r[2], f[0] * r[1] - f[1] * r[0]];
    const c = Math.cos(roll * Math.PI / 180), s = Math.sin(roll * Math.PI / 180);
    return [r.map((v, i) => c * v + s * d[i]), r.map((v, i) => c * d[i] - s * v), f];
  }

  const px = (value) => `calc(${value.toFixed(6)}*var(--u))`;
  const shift = (x, y, z) => `translate3d(${px(x)},${px(y)},${px(z)})`;

  class Shot {
    constructor(card) {
      this.card = card;
      this.scene = JSON.parse(card.dataset.scene);
      this.lens = card.querySelector(".lens");
      this.world = card.querySelector(".world");
      this.planes = [...card.querySelectorAll(".plane")];
      this.play = card.querySelector(".play");
      this.slider = card.querySelector(".frame");
      this.clock = card.querySelector(".clock");
      this.fanButton = card.querySelector(".fan");
      this.frame = 0;      // what is shown
      this.time = 0;       // s since the move began
      this.mode = "rest";  // rest, play, back (to the first frame), still (where it is)
      this.fan = 0;        // 0 as filmed .. 1 fanned out
      this.fanned = false;
      this.listen();
      if (this.scene.keys.aperture) this.show(); // the page itself has no blur
    }

    listen() {
      this.play.hidden = false;
      this.card.querySelector(".controls").hidden = false;
      const view = this.card.querySelector(".stage");
      view.addEventListener("pointerenter", (event) => {
        if (event.pointerType !== "touch" && !calm.matches) this.start();
      });
      view.addEventListener("pointerleave", (event) => {
        if (event.pointerType !== "touch" && !this.play.matches(":focus-visible")) this.stop();
      });
      this.play.addEventListener("focus", () => {
        if (this.play.matches(":focus-visible") && !calm.matches) this.start();
      });
      this.play.addEventListener("blur", () => this.stop());
      this.play.addEventListener("click", () => this.mode === "play" ? this.pause() : this.start());
      this.slider.addEventListener("input", () => {
        this.mode = "still";
        this.frame = Number(this.slider.value);
        this.changed();
      });
      this.fanButton.addEventListener("click", () => this.spread(!this.fanned));
      for (const word of this.card.querySelectorAll("mark, .layers li")) {
        word.addEventListener("pointerenter", () => this.light(word.dataset.layer));
        word.addEventListener("pointerleave", () => this.light(null));
      }
    }

    start() {
      this.time = this.frame / this.scene.fps;
      this.mode = "play";
      this.changed();
    }

    pause() { this.mode = "still"; this.changed(); }

    stop() {
      if (this.mode === "rest" || this.mode === "still") return;
      this.mode = "back";
      this.since = this.frame;
      this.time = 0;
      this.changed();
    }

    spread(on) {
      this.fanned = on;
      this.fanButton.setAttribute("aria-pressed", String(on));
      if (calm.matches) this.fan = on ? 1 : 0;
      this.changed();
    }

    light(layer) {
      this.card.classList.toggle("lit", layer !== null);
      for (const one of this.card.querySelectorAll("[data-layer]")) {
        one.classList.toggle("on", one.dataset.layer === layer);
      }
    }

    changed() { moving.add(this); wake(); }

    /* Moves on by `seconds`; false when nothing moves any more. */
    step(seconds) {
      const {fps, frames, period} = this.scene, last = frames - 1, length = last / fps;
      if (this.mode === "play") {
        this.time += seconds;
        if (period) this.frame = this.time * fps % period;
        else {
          const cycle = this.time % (length + HOLD_S + RETURN_S);
          const back = Math.max(0, cycle - length - HOLD_S) / RETURN_S;
          this.frame = Math.min(cycle * fps, last) * (1 - smooth(back));
        }
      } else if (this.mode === "back") {
        this.time += seconds;
        const done = calm.matches ? 1 : Math.min(1, this.time / RETURN_S);
        this.frame = this.since * (1 - smooth(done));
        if (done === 1) { this.mode = "rest"; this.frame = 0; }
      }
      const goal = this.fanned ? 1 : 0, away = seconds / FAN_S;
      this.fan = goal > this.fan ? Math.min(goal, this.fan + away) : Math.max(goal, this.fan - away);
      this.show();
      return this.mode === "play" || this.mode === "back" || this.fan !== goal;
    }

    show() {
      const {scene, fan} = this, t = smooth(fan);
      const film = cameraAt(scene, this.frame);
      const camera = fan ? {
        position: mixAll(film.position, scene.fan.position, t),
        aim: mixAll(film.aim, scene.fan.aim, t),
        zoom: mix(film.zoom, scene.fan.zoom, t),
        roll: mix(film.roll, 0, t), focus: film.focus, aperture: mix(film.aperture, 0, t),
      } : film;
      const [r, d, f] = axesOf(camera), [x, y, z] = camera.position;
      this.lens.style.perspective = px(camera.zoom);
      this.world.style.transform =
        `${shift(scene.width / 2, scene.height / 2, camera.zoom)} matrix3d(${[
          r[0], d[0], -f[0], 0, r[1], d[1], -f[1], 0, -r[2], -d[2], f[2], 0, 0, 0, 0, 1,
        ].map((v) => v.toFixed(9)).join(",")}) ${shift(-x, -y, z)}`;
      this.planes.forEach((plane, i) => {
        const own = scene.planes[i], out = scene.fan.planes[i];
        const [left, top, deep] = mixAll(own, out, t);
        plane.style.transform =
          shift(left, top, -deep) + (fan ? ` scale(${mix(1, out[3], t).toFixed(6)})` : "");
        this.blur(plane, camera, own[2]);
      });
      this.world.style.setProperty("--fanned", t.toFixed(3));
      this.card.classList.toggle("live", this.mode !== "rest" || fan > 0);
      this.play.setAttribute("aria-pressed", String(this.mode === "play"));
      this.slider.value = String(this.frame);
      this.clock.textContent = `${(this.frame / scene.fps).toFixed(1)} s`;
    }

    /* A Gaussian as wide as the lens's disc, as in the film; its deviation is diameter / 4. */
    blur(plane, camera, z) {
      const distance = z - camera.position[2];
      let sigma = 0;
      if (camera.aperture > 0 && camera.focus > 0 && distance > 0) {
        sigma = camera.aperture * Math.abs(distance - camera.focus) / camera.focus / 4;
      }
      const seen = sigma * camera.zoom / Math.max(distance, 1);
      plane.firstElementChild.nextElementSibling.style.filter =
        seen * 4 >= 0.5 ? `blur(${px(sigma)})` : "";
    }
  }

  const moving = new Set();
  let before = null;

  function wake() { if (before === null) { before = performance.now(); requestAnimationFrame(tick); } }

  function tick(now) {
    const seconds = Math.min(0.1, Math.max(0, (now - before) / 1000));
    before = now;
    for (const shot of moving) if (!shot.step(seconds)) moving.delete(shot);
    if (moving.size) requestAnimationFrame(tick); else before = null;
  }

  const shots = [...document.querySelectorAll("[data-scene]")].map((card) => new Shot(card));

  const all = document.querySelector(".fan-all");
  all.hidden = !shots.length;
  all.addEventListener("click", () => {
    const on = all.getAttribute("aria-pressed") !== "true";
    all.setAttribute("aria-pressed", String(on));
    for (const shot of shots) shot.spread(on);
  });

  const find = document.querySelector(".find"), nothing = document.querySelector(".nothing");
  const cards = [...document.querySelectorAll(".shot")];
  find.hidden = cards.length < 2;
  find.addEventListener("input", () => {
    const wanted = find.value.trim().toLocaleLowerCase();
    for (const card of cards) {
      card.hidden = !card.textContent.toLocaleLowerCase().includes(wanted);
    }
    nothing.hidden = cards.some((card) => !card.hidden);
  });
})();
