#include <fmt/format.h>

#include "server/api/event_body.h"
#include "server/api/event_routes.h"
#include "server/api/event_text.h"
#include "server/api/view_answers.h"

// POST /db/{db}/e.
namespace laterbase::api {
namespace {

// A batch in the commit queue, and the coroutine that waits for its outcome. Completions of one group of commits come
// back to the I/O thread together.
class Submission : public AppendRequest, private http::Arrival {
 public:
  explicit Submission(http::IoThread& thread) : thread_(thread) {}

  void completed() noexcept override { thread_.deliver(*this); }
  http::Awaitable<void> wait() { return suspension_.wait(); }

 private:
  void arrive() noexcept override { suspension_.resume(); }

  http::IoThread& thread_;
  http::Suspension suspension_;
};

const http::Problem& problem_of_append(const std::variant<ErrorCode, FailureCode>& code) {
  if (const auto* failure = std::get_if<FailureCode>(&code)) return problem_of(*failure);
  const ErrorCode error = std::get<ErrorCode>(code);
  // The request is well formed: it is the event in it that does not fit.
  return error == ErrorCode::invalid ? problems::bad_event : problem_of(error);
}

void refuse(Exchange& exchange, const http::Problem& problem, const std::string& detail, const EventPlace& place) {
  if (place.line)
    http::set_problem(exchange.reply, problem, detail, {{"line", *place.line}});
  else if (place.element)
    http::set_problem(exchange.reply, problem, detail, {{"element", *place.element}});
  else
    http::set_problem(exchange.reply, problem, detail);
}

void answer_append_error(Exchange& exchange, BodyType type, const AppendError& error) {
  const http::Problem& problem = problem_of_append(error.code);
  if (!error.index) {
    http::set_problem(exchange.reply, problem, error.detail, {{"request_id", exchange.request_id}});
    return;
  }
  const EventPlace place = place_of_event(type, exchange.body, *error.index);
  refuse(exchange, problem, place.text + ": " + error.detail, place);
  if (error.key) http::add_member(exchange.reply, {"key", error.key->text()});
}

void answer_body_error(Exchange& exchange, const BodyError& error) {
  const http::Problem& problem = error.kind == BodyError::Kind::malformed   ? problems::bad_body
                                 : error.kind == BodyError::Kind::too_large ? problems::too_large
                                                                            : problems::bad_event;
  refuse(exchange, problem, error.detail, {{}, error.line, error.element});
}

// key= and at= belong to a single event.
bool apply_parameters(Exchange& exchange, Batch& batch) {
  Parameters parameters(exchange);
  if (!parameters.has("key") && !parameters.has("at")) return true;
  const char* name = parameters.has("key") ? "key" : "at";
  if (batch.events.size() != 1) {
    parameters.wrong(name, "key= and at= are for a single event; in a batch each envelope has its own.");
    return false;
  }
  NewEvent& event = batch.events.front();
  if (event.key || event.at_ms) parameters.wrong(name, "The envelope has a key or time of its own.");
  event.key = parameters.ulid("key");
  event.at_ms = parameters.time("at");
  if (parameters.failed()) return false;
  if (event.at_ms && *event.at_ms < 0) {
    http::set_problem(exchange.reply, problems::bad_event, "at= is before 1970, which a key can't hold.",
                      {{"parameter", std::string_view{"at"}}});
    return false;
  }
  if (event.key && event.at_ms && event.key->time_ms() != *event.at_ms)
    parameters.wrong("at", "key= and at= name two different times; leave one out.");
  if (event.key) event.at_ms.reset();
  return !parameters.failed();
}

void answer_appended(Exchange& exchange, const Ulid& epoch, const Appended& done, Durability durability) {
  Reply& reply = exchange.reply;
  reply.status = done.stored == 0 ? 200 : durability == Durability::relaxed ? 202 : 201;
  reply.content_type = json_type;
  std::string& out = reply.body;
  out.reserve(64 + done.keys.size() * 29);
  out += "{\"lc\":";
  append_number(out, done.lc);
  out += ",\"keys\":[";
  for (std::size_t i = 0; i < done.keys.size(); ++i) {
    out += i == 0 ? "\"" : ",\"";
    append_ulid(out, done.keys[i]);
    out += '"';
  }
  out += "],\"stored\":";
  append_number(out, done.stored);
  out += ",\"known\":";
  append_number(out, done.known);
  out += "}\n";
  set_clock(reply, epoch, done.lc);
  if (done.keys.size() == 1) {
    reply.headers.append("Location: /db/").append(exchange.path_param(0)).append("/e/");
    append_ulid(reply.headers, done.keys.front());
    reply.headers += "\r\n";
  }
}

bool has_empty_body(Exchange& exchange, BodyType type) {
  if (type != BodyType::raw || !exchange.body.empty() || !exchange.head.content_type.empty()) return false;
  http::set_problem(exchange.reply, problems::bad_body,
                    "There is no body. To store an event of no bytes, say Content-Type: application/octet-stream.");
  return true;
}

std::optional<Durability> durability_of(Services& services, Exchange& exchange) {
  Parameters parameters(exchange);
  if (!parameters.has("durability"))
    return services.live().settings.durability.default_level == config::Durability::strong ? Durability::strong
                                                                                           : Durability::relaxed;
  constexpr std::array<std::string_view, 2> words{"strong", "relaxed"};
  const std::size_t word = parameters.word("durability", words);
  if (parameters.failed()) return std::nullopt;
  return word == 0 ? Durability::strong : Durability::relaxed;
}

// From body to batch; false with the problem set.
bool make_batch(Services& services, Exchange& exchange, BodyType type, Batch& batch) {
  const auto& limits = services.live().settings.limits;
  if (has_empty_body(exchange, type)) return false;
  const auto parsed = parse_body(type, exchange.body, {limits.max_event_bytes, limits.max_batch_events}, batch);
  if (!parsed) {
    answer_body_error(exchange, parsed.error());
    return false;
  }
  return apply_parameters(exchange, batch);
}

// What the program's own code says about the events. False with the problem set.
bool valid(Services& services, Exchange& exchange, BodyType type, const Root& root, const Batch& batch) {
  if (!services.extensions.validate) return true;
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    const NewEvent& fresh = batch.events[i];
    Event event;
    if (fresh.key) event.key = *fresh.key;
    event.value = std::string_view(batch.payload).substr(fresh.offset, fresh.size);
    event.is_json = fresh.is_json;
    const auto reason = services.extensions.validate(root.name(), event);
    if (!reason) continue;
    const EventPlace place = place_of_event(type, exchange.body, i);
    refuse(exchange, problems::bad_event, batch.events.size() == 1 ? *reason : place.text + ": " + *reason, place);
    return false;
  }
  return true;
}

// Facts have to be what strict tables take. False with the problem set.
http::Awaitable<bool> facts_fit(Services& services, Exchange& exchange, const std::shared_ptr<Root>& root,
                                const Batch& batch) {
  if (!triples::may_have_facts(batch.payload)) co_return true;
  std::vector<std::string_view> values;
  for (const NewEvent& event : batch.events) {
    const std::string_view value = std::string_view(batch.payload).substr(event.offset, event.size);
    if (event.is_json && triples::may_have_facts(value)) values.push_back(value);
  }
  if (values.empty()) co_return true;
  views::Outcome<void> fit;
  const std::function<void()> work = [&] { fit = tables_of(services, root)->check(values); };
  co_await services.aside(exchange, work);
  if (!fit) http::set_problem(exchange.reply, problems::bad_event, fit.error().message() + ".");
  co_return fit.has_value();
}

}  // namespace

http::Awaitable<void> post_events(Services& services, Exchange& exchange) {
  const auto root = find_root(services, exchange);
  if (!root) co_return;
  const auto type = body_type(exchange.head.content_type);
  if (!type) {
    http::set_problem(exchange.reply, problems::unsupported_type,
                      "Events come as application/json, application/x-ndjson, application/vnd.laterbase+json or "
                      "application/vnd.laterbase+x-ndjson, each in UTF-8; as any other type, one event of raw bytes.");
    co_return;
  }
  const auto durability = durability_of(services, exchange);
  if (!durability) co_return;
  Submission submission(exchange.thread);
  if (!make_batch(services, exchange, *type, submission.batch)) co_return;
  submission.batch.durability = *durability;
  if (submission.batch.events.empty()) {
    Appended nothing;
    nothing.lc = root->head();
    answer_appended(exchange, root->epoch(), nothing, *durability);
    co_return;
  }
  if (!valid(services, exchange, *type, *root, submission.batch)) co_return;
  const bool fit = co_await facts_fit(services, exchange, root, submission.batch);
  if (!fit) co_return;
  const std::size_t events = submission.batch.events.size();
  const std::int64_t started_us = exchange.thread.now_us();
  if (const auto taken = root->submit(submission); !taken) {
    answer_append_error(exchange, *type, taken.error());
    co_return;
  }
  co_await submission.wait();
  services.metrics.observe_batch(events, static_cast<double>(exchange.thread.now_us() - started_us) * 1e-6);
  if (submission.result)
    answer_appended(exchange, root->epoch(), *submission.result, *durability);
  else
    answer_append_error(exchange, *type, submission.result.error());
}

}  // namespace laterbase::api
