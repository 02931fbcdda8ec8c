#include "server/api/dashboard_page.h"

namespace laterbase::api {
namespace {

constexpr std::string_view page = R"page(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Laterbase</title>
<style>
  :root { color-scheme: light dark; --line: #8884; --soft: #8882; --accent: #2a7de1; }
  * { box-sizing: border-box }
  body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem }
  h1 { font-size: 1.25rem; margin: 0 0 1rem } h2 { font-size: 1rem; margin: 0 0 .5rem }
  main { display: grid; gap: 1rem; grid-template-columns: minmax(14rem, 1fr) 3fr }
  @media (max-width: 45rem) { main { grid-template-columns: 1fr } }
  section { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem; min-width: 0; margin-bottom: 1rem }
  ul { list-style: none; margin: 0; padding: 0 }
  button, input, textarea { font: inherit; padding: .3rem .6rem; border: 1px solid var(--line); border-radius: .3rem }
  textarea { width: 100%; min-height: 5rem; font-family: ui-monospace, monospace }
  #databases button { width: 100%; text-align: left; border: 0; background: none; cursor: pointer }
  #databases button[aria-current=true] { background: var(--soft); font-weight: 600 }
  dl { display: grid; grid-template-columns: auto 1fr; gap: .1rem .8rem; margin: 0 }
  dt { opacity: .7 } dd { margin: 0; overflow-wrap: anywhere; font-family: ui-monospace, monospace }
  #tail { font: 13px/1.4 ui-monospace, monospace; max-height: 60vh; overflow: auto; margin: 0 }
  #tail li { border-bottom: 1px solid var(--soft); padding: .2rem 0; overflow-wrap: anywhere }
  #tail time { opacity: .7; margin-right: .6rem } #state { opacity: .7; font-weight: 400 }
  .error { color: #c33 }
</style>
</head>
<body>
<h1>Laterbase <small id="node"></small></h1>
<main>
  <div>
    <section>
      <h2>Databases</h2>
      <ul id="databases"></ul>
      <form id="create"><input name="name" placeholder="new database" aria-label="New database" size="14">
        <button>Create</button></form>
    </section>
    <section>
      <h2>Token</h2>
      <input id="token" type="password" placeholder="only if this node asks for one" aria-label="Token" size="22">
    </section>
  </div>
  <div>
    <section><h2 id="name">Choose a database</h2><dl id="info"></dl></section>
    <section>
      <h2>Post an event</h2>
      <form id="post"><textarea name="value" aria-label="Value">{"kind":"hello"}</textarea>
        <button>Post</button> <span id="posted" role="status"></span></form>
    </section>
    <section><h2>Live <span id="state"></span></h2><ul id="tail" aria-live="polite"></ul></section>
  </div>
</main>
<script>
const $ = id => document.getElementById(id);
let current = null, stream = null;

const headers = extra => {
  const token = $('token').value;
  return token ? {...extra, Authorization: 'Bearer ' + token} : {...extra};
};
async function ask(path, options = {}) {
  const answer = await fetch(path, {...options, headers: headers(options.headers)});
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.detail || answer.status + ' ' + answer.statusText);
  }
  return answer;
}
function say(element, text, bad) { element.textContent = text; element.className = bad ? 'error' : '' }

async function list() {
  try {
    const {node, databases} = await (await ask('/db')).json();
    $('node').textContent = node;
    $('databases').replaceChildren(...databases.map(name => {
      const item = document.createElement('li'), button = document.createElement('button');
      button.textContent = name;
      button.setAttribute('aria-current', name === current);
      button.onclick = () => choose(name);
      item.append(button);
      return item;
    }));
    if (!current && databases.length) choose(databases[0]);
  } catch (trouble) { say($('node'), trouble.message, true) }
}
async function describe() {
  if (!current) return;
  try {
    const info = await (await ask('/db/' + current)).json();
    $('info').replaceChildren(...Object.entries(info).flatMap(([name, value]) => {
      const term = document.createElement('dt'), text = document.createElement('dd');
      term.textContent = name;
      text.textContent =
        typeof value === 'number' ? value.toLocaleString() : Array.isArray(value) ? value.length : value;
      return [term, text];
    }));
    return info;
  } catch (trouble) { say($('state'), trouble.message, true) }
}
function show(event) {
  const item = document.createElement('li'), time = document.createElement('time');
  time.textContent = event.at;
  item.append(time, 'value' in event ? JSON.stringify(event.value) : 'base64 ' + event.base64);
  $('tail').prepend(item);
  while ($('tail').children.length > 200) $('tail').lastChild.remove();
}
async function follow(name, from) {
  stream?.abort();
  const control = stream = new AbortController();
  while (!control.signal.aborted) {
    try {
      const options = {headers: {Accept: 'text/event-stream'}, signal: control.signal};
      const answer = await ask(`/db/${name}/e?lc=${from}`, options);
      say($('state'), 'connected');
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ''; ;) {
        const {done, value} = await reader.read();
        if (done) break;
        const messages = (text + value).split('\n\n');
        text = messages.pop();
        for (const message of messages) {
          const data = message.split('\n').find(line => line.startsWith('data: '));
          if (!data || message.startsWith('event: error')) continue;
          const event = JSON.parse(data.slice(6));
          from = event.lc;
          show(event);
        }
      }
    } catch (trouble) { if (!control.signal.aborted) say($('state'), trouble.message, true) }
    await new Promise(wake => setTimeout(wake, 1000));
  }
}
async function choose(name) {
  current = name;
  $('name').textContent = name;
  $('tail').replaceChildren();
  const info = await describe();
  list();
  if (info) follow(name, Math.max(0, info.lc - 20));
}
$('create').onsubmit = async submit => {
  submit.preventDefault();
  const name = submit.target.name.value;
  try { await ask('/db/' + encodeURIComponent(name), {method: 'PUT'}); submit.target.reset(); await choose(name) }
  catch (trouble) { say($('node'), trouble.message, true) }
};
$('post').onsubmit = async submit => {
  submit.preventDefault();
  if (!current) return;
  const body = submit.target.value.value;
  let type = 'application/json';
  try { JSON.parse(body) } catch { type = 'text/plain' }
  try {
    const options = {method: 'POST', body, headers: {'Content-Type': type}};
    const {keys} = await (await ask(`/db/${current}/e`, options)).json();
    say($('posted'), keys.length === 1 ? keys[0] : keys.length + ' events');
  } catch (trouble) { say($('posted'), trouble.message, true) }
};
$('token').onchange = list;
list();
setInterval(describe, 3000);
</script>
</body>
</html>
)page";

}  // namespace

std::string_view dashboard_page() noexcept { return page; }

}  // namespace laterbase::api
