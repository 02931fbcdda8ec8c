#include "server/library/root_handle.h"

#include "engine/base/json_text.h"
#include "server/api/answers.h"
#include "server/api/sync_text.h"
#include "server/api/view_answers.h"
#include "server/http/query.h"
#include "server/library/core.h"
#include "sync/peer_settings.h"

namespace laterbase::library {
namespace {

using nlohmann::json;

constexpr int bad_event = 422;

Refused refused(const views::Refusal& refusal) { return {api::problem_of(refusal).status, refusal.message()}; }

Refused refused(const AppendError& error) {
  if (const auto* failure = std::get_if<FailureCode>(&error.code))
    return {api::problem_of(*failure).status, error.detail};
  const ErrorCode code = std::get<ErrorCode>(error.code);
  return {code == ErrorCode::invalid ? bad_event : api::problem_of(code).status, error.detail};
}

// A reducer under another identity.
class Versioned final : public folds::Reducer {
 public:
  Versioned(std::shared_ptr<const folds::Reducer> reducer, std::uint64_t version)
      : reducer_(std::move(reducer)), version_(version) {}
  std::uint64_t identity() const override { return reducer_->identity() * 0x9e3779b97f4a7c15 + version_; }
  std::unique_ptr<folds::Input> read(const Event& event) const override { return reducer_->read(event); }
  std::vector<std::string> keys_of(const folds::Input& input) const override { return reducer_->keys_of(input); }
  std::unique_ptr<folds::State> initial(const std::string& key) const override { return reducer_->initial(key); }
  std::unique_ptr<folds::State> copy(const folds::State& state) const override { return reducer_->copy(state); }
  void apply(folds::State& state, const std::string& key, const folds::Input& input) const override {
    reducer_->apply(state, key, input);
  }
  std::string show(const folds::State& state) const override { return reducer_->show(state); }
  std::string save(const folds::State& state) const override { return reducer_->save(state); }
  std::unique_ptr<folds::State> load(std::string_view bytes) const override { return reducer_->load(bytes); }

 private:
  std::shared_ptr<const folds::Reducer> reducer_;
  std::uint64_t version_;
};

Event proposed(const NewEvent& event, std::string_view value) {
  Event proposed;
  if (event.key)
    proposed.key = *event.key;
  else if (event.at_ms)
    proposed.key = Ulid::first_of(*event.at_ms);
  proposed.value = value;
  proposed.is_json = event.is_json;
  return proposed;
}

views::ReadRequest request_of(const std::string& parameters) {
  const auto params = http::parse_query(parameters);
  if (!params) throw Refused(400, "The parameters are no query: name=value&name=value.");
  views::ReadRequest request;
  for (const http::Param& param : *params) {
    if (param.name == "select")
      request.select = param.value;
    else if (param.name == "order")
      request.order = param.value;
    else if (param.name == "limit")
      request.limit = std::stoull(param.value);
    else if (param.name == "offset")
      request.offset = std::stoull(param.value);
    else
      request.filters.emplace_back(param.name, param.value);
  }
  return request;
}

}  // namespace

std::shared_ptr<const folds::Reducer> with_version(std::shared_ptr<const folds::Reducer> reducer,
                                                   std::uint64_t version) {
  if (version == 0) return reducer;
  return std::make_shared<Versioned>(std::move(reducer), version);
}

const std::string& Handle::name() const noexcept { return code_->name; }

void Handle::add_fold(const std::string& name, std::shared_ptr<const folds::Reducer> reducer,
                      const FoldOptions& options) {
  core_->must_not_run();
  if (!valid_root_name(name)) throw std::logic_error("\"" + name + "\" can't be a fold's name");
  for (const FoldCode& fold : code_->folds)
    if (fold.name == name) throw std::logic_error("there is a fold \"" + name + "\" already");
  if (options.copy_distance == 0) throw std::logic_error("copies of a state are at least one event apart");
  code_->folds.push_back({name, with_version(std::move(reducer), options.version), options});
}

void Handle::add_view(const std::string& name, const std::string& select) {
  core_->must_not_run();
  code_->views.emplace_back(name, select);
}

void Handle::add_validator(std::function<std::optional<std::string>(const Event&)> validate) {
  core_->must_not_run();
  code_->validators.push_back(std::move(validate));
}

void Handle::add_follower(std::function<void(const Commit&)> follow) {
  core_->must_not_run();
  code_->followers.push_back(std::move(follow));
}

Written Handle::append_bytes(std::string_view value, const AppendOptions& options) {
  return append_all_bytes({std::string(value)}, options);
}

Written Handle::append_all_bytes(const std::vector<std::string>& values, const AppendOptions& options) {
  if (values.size() != 1 && (options.key || options.at_ms))
    throw Refused(bad_event, "A key or a time is for a single event.");
  Batch batch;
  batch.durability = options.relaxed ? Durability::relaxed : Durability::strong;
  std::vector<std::string_view> facts;
  for (const std::string& value : values) {
    NewEvent event;
    event.key = options.key;
    event.at_ms = options.at_ms;
    event.offset = static_cast<std::uint32_t>(batch.payload.size());
    event.size = static_cast<std::uint32_t>(value.size());
    event.is_json = is_json(value);
    if (value.size() > core_->services().live().settings.limits.max_event_bytes)
      throw Refused(413, "The event is larger than limits.max_event.");
    if (const auto reason = core_->validate(code_->name, proposed(event, value))) throw Refused(bad_event, *reason);
    if (event.is_json && triples::may_have_facts(value)) facts.push_back(value);
    batch.payload += value;
    batch.events.push_back(std::move(event));
  }
  const auto root = core_->root(code_->name);
  if (!facts.empty())
    if (const auto fit = core_->database(code_->name)->check(facts); !fit) throw refused(fit.error());
  if (values.empty()) return {root->head(), {}, 0, 0};
  const AppendResult done = root->append(std::move(batch));
  if (!done) throw refused(done.error());
  return {done->lc, done->keys, done->stored, done->known};
}

json Handle::read(const std::string& relation, const std::string& parameters) {
  const auto page = core_->database(code_->name)->read(relation, request_of(parameters));
  if (!page) throw refused(page.error());
  return json::parse(page_json(*page));
}

std::optional<json> Handle::read_one(const std::string& relation, const std::string& key) {
  const auto row = core_->database(code_->name)->read_one(relation, key);
  if (!row) throw refused(row.error());
  return row->json ? std::optional<json>(json::parse(*row->json)) : std::nullopt;
}

json Handle::sql(const std::string& statements) {
  const auto answer = core_->database(code_->name)->execute(statements, {});
  if (!answer) throw refused(answer.error());
  std::string out;
  api::append_answer(out, *answer);
  return json::parse(out);
}

void Handle::read_log(std::uint64_t after, const std::function<bool(const Event&)>& visit) {
  constexpr Lc entries_a_snapshot = 4'096;
  const auto root = core_->root(code_->name);
  for (const Lc head = root->head(); after < head;) {
    Snapshot snapshot = root->snapshot();
    const Lc end = std::min(head, after + entries_a_snapshot);
    const auto scan = snapshot.log(after, end);
    while (const auto event = scan->next())
      if (!event->aside && !visit(*event)) return;
    after = end;
  }
}

std::uint64_t Handle::head() { return core_->root(code_->name)->head(); }

Following Handle::subscribe(const std::string& relation, std::function<void(const Change&)> changed) {
  auto following = core_->messenger().follow_relation(core_->database(code_->name), relation, std::move(changed));
  if (!following) throw refused(following.error());
  return std::move(*following);
}

Synced Handle::sync_with(const std::string& url, const std::string& settings) {
  const auto peer = sync::parse_guest(url, settings);
  if (!peer) throw Refused(400, peer.error().detail);
  sync::Report report;
  const auto done = core_->services().peers.sync_now(
      *peer, code_->name, [](const sync::Report&) {}, report);
  if (!done) throw Refused(api::problem_of(done.error()).status, done.error().words);
  return {report.sent, report.received, report.round_trips, report.bytes_out, report.bytes_in};
}

json Handle::undecodable() {
  json all = json::array();
  for (const views::FoldInfo& info : core_->database(code_->name)->folds()) {
    json first = json::array();
    for (const folds::PassedOver& one : info.passed_over)
      first.push_back({{"lc", one.lc}, {"key", one.key.text()}, {"reason", one.reason}});
    all.push_back({{"fold", info.name}, {"count", info.undecodable}, {"first", std::move(first)}});
  }
  return all;
}

}  // namespace laterbase::library
