#include "views/database.h"

#include <fmt/format.h>

#include "engine/base/log.h"
#include "engine/base/random.h"

namespace laterbase::views {
namespace {

constexpr Lc entries_a_snapshot = 4'096;
constexpr Lc entries_a_step = 16'384;  // where nobody knows any more what a commit was
constexpr std::size_t most_commits = 4'096;
constexpr std::string_view note_prefix = "view:";

Refusal refusal_of(const AppendError& error) {
  Refusal refusal = Refusal::of(Refusal::Kind::append, error.detail);
  refusal.code = error.code;
  return refusal;
}

template <typename Found>
Found there(std::optional<Found> found) {
  if (!found) throw Failure(FailureCode::closed, "the log has lost its last entries while it was read");
  return std::move(*found);
}

}  // namespace

Database::Database(std::shared_ptr<Root> root, Workers& workers, Clock& clock, const DatabaseOptions& options)
    : root_(std::move(root)),
      workers_(workers),
      clock_(clock),
      options_(options),
      keys_(random_seed()),
      follower_([this] { return root_->snapshot(); }, [this] { return make_engine(); },
                [this](Lc position, Lc head) { return next_commit(position, head); }),
      checkpoint_(*root_),
      pasts_(
          *root_, [this] { return options_.sources ? options_.sources(root_->name()) : std::vector<SourceMaker>(); },
          [this] { return gone(); }, options.pasts) {
  root_->listen(*this);
  try {
    follower_.begin_anew();
  } catch (...) {
    root_->unlisten(*this);
    throw;
  }
}

Database::~Database() { root_->unlisten(*this); }

std::unique_ptr<Engine> Database::empty_engine() {
  LogReader& log = *this;
  auto engine = std::make_unique<Engine>(log, options_.scratch);
  if (options_.sources)
    for (const SourceMaker& make : options_.sources(root_->name())) engine->add_source(make(*this));
  load_local_views(*engine);
  for (const auto& [name, tree] : live_trees_) engine->define_local(name, tree.definition);
  return engine;
}

std::unique_ptr<Engine> Database::make_engine() {
  {
    const std::lock_guard lock(commits_mutex_);
    commits_.clear();
  }
  auto engine = empty_engine();
  return load(*engine) ? std::move(engine) : empty_engine();
}

// No save is under way then: what it writes is of the engine that there was.
void Database::renew(std::unique_lock<std::shared_mutex>& lock) {
  lock.unlock();
  const std::lock_guard saving(save_mutex_);
  lock.lock();
  if (follower_.can_go_on()) return;
  log::warn("tables and views begin anew", {{"database", root_->name()}});
  follower_.begin_anew();
}

Database::Alone::Alone(Database& database, std::unique_lock<std::shared_mutex> held) : lock_(std::move(held)) {
  if (!database.follower_.can_go_on()) database.renew(lock_);
  database.follower_.catch_up();
  change_.emplace(database.follower_);
  database.start_jobs();
  database.save_if_due();
}

void Database::load_local_views(Engine& engine) {
  for (const auto& [name, json] : root_->notes(note_prefix)) {
    auto definition = parse_view(json);
    if (definition) engine.define_local(name.substr(note_prefix.size()), *definition);
  }
  if (!options_.views) return;
  for (const auto& [name, select] : options_.views(root_->name())) engine.define_local(name, {select, {}});
}

void Database::read(Lc after, Lc until, const std::function<bool(const Event&)>& visit) {
  while (after < until) {
    Snapshot snapshot = root_->snapshot();
    const Lc end = std::min(until, after + entries_a_snapshot);
    const auto scan = snapshot.log(after, end);
    while (const auto event = scan->next())
      if (!visit(*event)) return;
    after = end;
  }
}

void Database::keys_at(std::span<const Lc> positions, const std::function<void(const Ulid&)>& visit) {
  for (; !positions.empty(); positions = positions.subspan(std::min(positions.size(), entries_a_snapshot))) {
    Snapshot snapshot = root_->snapshot();
    for (const Lc lc : positions.first(std::min(positions.size(), entries_a_snapshot)))
      visit(there(snapshot.key_at(lc)));
  }
}

void Database::entries_at(std::span<const Lc> positions, const std::function<bool(const Event&)>& visit) {
  for (; !positions.empty(); positions = positions.subspan(std::min(positions.size(), entries_a_snapshot))) {
    Snapshot snapshot = root_->snapshot();
    for (const Lc lc : positions.first(std::min(positions.size(), entries_a_snapshot)))
      if (!visit(there(snapshot.at(lc)))) return;
  }
}

void Database::read_keys(const KeyRange& keys, Lc until, const std::function<bool(const Event&)>& visit) {
  visit_keys(*root_, keys, until, visit);
}

void Database::log_advanced(Lc head) noexcept {
  try {
    {
      const std::lock_guard lock(commits_mutex_);
      if (commits_.size() >= most_commits) commits_.pop_back();
      commits_.push_back(head);
    }
    const std::weak_ptr<Database> weak = weak_from_this();
    if (weak.expired() || scheduled_.exchange(true)) return;  // while it is being opened it catches up anyway
    workers_.run([weak] {
      if (const auto self = weak.lock()) self->work();
    });
  } catch (const std::exception&) {
    scheduled_ = false;  // whoever asks next does the step
  }
}

void Database::work() noexcept {
  scheduled_ = false;
  try {
    const Alone alone(*this);
    drop_idle_trees();
  } catch (const std::exception& trouble) {
    log::error("views can't follow the log", {{"database", root_->name()}, {"reason", trouble.what()}});
  }
}

Lc Database::next_commit(Lc position, Lc head) {
  const std::lock_guard lock(commits_mutex_);
  while (!commits_.empty() && commits_.front() <= position) commits_.pop_front();
  const Lc commit = commits_.empty() ? head : std::min(head, commits_.front());
  return std::min(commit, position + entries_a_step);
}

void Database::catch_up() {
  follower_.catch_up();
  start_jobs();
  save_if_due();
}

void Database::start_jobs() {
  for (auto& build : engine().take_jobs()) {
    workers_.run([self = shared_from_this(), build = std::move(build)] {
      try {
        Engine::run(*build, *self);
      } catch (const std::exception& trouble) {
        build->trouble = trouble.what();
      }
      self->finish(build);
    });
    ++jobs_running_;
  }
}

void Database::finish(const std::shared_ptr<Build>& build) noexcept {
  const std::lock_guard lock(mutex_);
  --jobs_running_;
  built_.notify_all();
  if (follower_.is_torn()) return;
  try {
    const Follower::Change change(follower_);
    engine().finish(build);
    start_jobs();
  } catch (const std::exception& trouble) {
    log::error("a view can't be built", {{"database", root_->name()}, {"reason", trouble.what()}});
  }
}

// Beside other readers, as of the log's head or later. Who comes when nobody is here also starts what waits to be
// built or saved, which no step may be there to do.
std::shared_lock<std::shared_mutex> Database::reading() {
  Lc head = root_->head();
  if (std::unique_lock lock(mutex_, std::try_to_lock); lock) const Alone alone(*this, std::move(lock));
  for (;; head = std::min(head, root_->head())) {
    std::shared_lock lock(mutex_);
    if (!follower_.is_torn() && engine().position() >= head) return lock;
    lock.unlock();
    const Alone alone(*this);
  }
}

void Database::wait_for_builds(std::unique_lock<std::shared_mutex>& lock) {
  built_.wait_for(lock, std::chrono::milliseconds(options_.build_patience_ms), [this] { return jobs_running_ == 0; });
}

Outcome<Answer> Database::execute(std::string_view text, const std::vector<sql::Parameter>& parameters,
                                  bool may_write) {
  Alone alone(*this);
  Outcome<Answer> answer = Answer{};
  {
    Session session(engine(), keys_.fresh(clock_.wall_ms()), options_.session);
    auto results = session.run(text, parameters, may_write);
    if (!results) return results.error();
    answer = commit(session, std::move(*results));
  }
  if (!answer) return answer;
  catch_up();
  wait_for_builds(alone.lock());
  return answer;
}

Outcome<void> Database::check(const std::vector<std::string_view>& values) {
  const Alone alone(*this);
  engine().begin_trial();
  std::optional<std::string> trouble;
  std::uint32_t index = 1;
  for (const std::string_view value : values) {
    const auto facts = triples::Facts::of(value);
    if (facts)
      trouble = engine().try_facts(Ulid::greatest(), index, *facts),
      index += static_cast<std::uint32_t>(facts->size());
    else
      trouble = facts.error().detail;
    if (trouble) break;
  }
  engine().end_trial();
  if (trouble) return Refusal::of(sql::SqlError{"22000", *trouble, "", 0});
  return {};
}

// The keys are later than all that this node has seen, whatever its clock says: what was just read is overwritten.
Outcome<Answer> Database::commit(Session& session, std::vector<StatementResult> results) {
  const auto events = session.events();
  Answer answer{root_->epoch(), engine().position(), std::move(results)};
  if (events.empty()) return answer;
  Batch batch;
  keys_.raise_floor(engine().greatest_key());
  for (const std::string& event : events) {
    NewEvent fresh;
    fresh.key = keys_.next(clock_.wall_ms());
    fresh.offset = static_cast<std::uint32_t>(batch.payload.size());
    fresh.size = static_cast<std::uint32_t>(event.size());
    fresh.is_json = true;
    if (const auto reason = refused(event)) return Refusal::of(Refusal::Kind::refused, *reason);
    batch.payload += event;
    batch.events.push_back(fresh);
  }
  const AppendResult appended = root_->append(std::move(batch));
  if (!appended) return refusal_of(appended.error());
  answer.epoch = appended->epoch;
  answer.lc = appended->lc;
  return answer;
}

Outcome<bool> Database::define_view(const std::string& name, const ViewDefinition& definition, bool local) {
  Alone alone(*this);
  const bool is_new = engine().view(name) == nullptr;
  if (local) {
    engine().forget_relations();
    if (const auto circuit = engine().make_running(definition, true); !circuit) return Refusal::of(circuit.error());
    if (const auto noted = root_->remember(std::string(note_prefix) + name, to_json(definition)); !noted)
      return refusal_of({noted.error().code, noted.error().detail, {}, {}});
    root_->checkpoint(engine().position(), [](WriteTxn&) {});
    engine().define_local(name, definition);
    start_jobs();
  } else {
    Session session(engine(), keys_.fresh(clock_.wall_ms()), options_.session);
    if (const auto defined = session.define_view(name, definition, true); !defined) return defined.error();
    if (const auto done = commit(session, {}); !done) return done.error();
  }
  catch_up();
  wait_for_builds(alone.lock());
  return is_new;
}

void Database::set_gone() noexcept {
  gone_ = true;
  const std::scoped_lock lock(save_mutex_, mutex_);
  engine().wake_all();
}

Outcome<void> Database::drop_view(const std::string& name) {
  const Alone alone(*this);
  const View* view = name.starts_with(live_tree_prefix) ? nullptr : engine().view(name);
  if (view == nullptr) return Refusal::of(Refusal::Kind::not_found, fmt::format("There is no view \"{}\".", name));
  if (view->local) {
    root_->forget(std::string(note_prefix) + name);
    engine().drop_local(name);
    return {};
  }
  {
    Session session(engine(), keys_.fresh(clock_.wall_ms()), options_.session);
    if (const auto dropped = session.drop_view(name); !dropped) return dropped.error();
    if (const auto done = commit(session, {}); !done) return done.error();
  }
  catch_up();
  return {};
}

}  // namespace laterbase::views
