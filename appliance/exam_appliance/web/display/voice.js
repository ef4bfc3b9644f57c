/**
 * The voice of a display: one announcement after another, never two at once. Speaks with the browser's own
 * Chinese voice where it has one, else plays the sound that the server makes.
 */

const TOO_OLD_S = 90;
const LONGEST_MS = 20000;
const WAITING_LIMIT = 6;
const LANGUAGE = { zh: "zh-CN", en: "en-US" };

function ownVoice(language) {
  const voices = window.speechSynthesis ? window.speechSynthesis.getVoices() : [];
  return voices.find((voice) => voice.lang.replace("_", "-").toLowerCase().startsWith(language)) || null;
}

function speakItself(text, language, voice) {
  return new Promise((done) => {
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = voice;
    utterance.lang = LANGUAGE[language];
    utterance.rate = 0.9;
    // Some engines never tell that they have ended.
    const late = setTimeout(() => {
      window.speechSynthesis.cancel();
      done();
    }, LONGEST_MS);
    const over = () => {
      clearTimeout(late);
      done();
    };
    utterance.onend = over;
    utterance.onerror = over;
    window.speechSynthesis.speak(utterance);
  });
}

function play(url) {
  return new Promise((done, failed) => {
    const sound = new Audio(url);
    const late = setTimeout(() => {
      sound.pause();
      done();
    }, LONGEST_MS);
    const end = (settle) => (value) => {
      clearTimeout(late);
      settle(value);
    };
    sound.onended = end(done);
    sound.onerror = end(() => failed(new Error("sound")));
    const started = sound.play();
    if (started) started.catch(end(failed));
  });
}

/**
 * @param {(trouble: ""|"blocked"|"failed") => void} onTrouble blocked: the browser wants a touch first
 * @returns {{say: (call: object, how: {voice: string, languages: string[]}) => void, unblock: () => void}}
 */
export function createVoice(onTrouble) {
  const waiting = [];
  let speaking = false;

  async function sayOne({ call, how }) {
    for (const language of how.languages) {
      const text = call.texts[language];
      if (!text) continue;
      const voice = how.voice === "auto" ? ownVoice(language) : null;
      if (voice) await speakItself(text, language, voice);
      else await play(`/api/display/calls/${call.seq}/sound?language=${language}`);
    }
  }

  async function work() {
    if (speaking) return;
    speaking = true;
    while (waiting.length) {
      const next = waiting[0];
      try {
        await sayOne(next);
        onTrouble("");
        waiting.shift();
      } catch (error) {
        if (error.name === "NotAllowedError") {
          onTrouble("blocked");
          break;
        }
        onTrouble("failed");
        waiting.shift();
      }
    }
    speaking = false;
  }

  return {
    say(call, how) {
      if (how.voice === "none" || call.age_s > TOO_OLD_S) return;
      waiting.push({ call, how });
      // After a long silence only the newest are of use.
      while (waiting.length > WAITING_LIMIT) waiting.splice(speaking ? 1 : 0, 1);
      work();
    },
    unblock() {
      onTrouble("");
      work();
    },
  };
}
