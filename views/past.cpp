#include "views/past.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/events/tables.h"
#include "engine/storage/memory_storage.h"
#include "views/engine_reads.h"

namespace laterbase::views {
namespace {

constexpr Lc entries_a_snapshot = 4'096;
constexpr Lc entries_a_step = 16'384;
constexpr std::uint64_t events_a_page = 4'096;
constexpr Lc most_samples = 256;

std::uint64_t bytes_of(const EngineState& state) {
  std::uint64_t bytes = state.tables.fresh.bytes() + state.tables.changed.bytes();
  for (const auto* views : {&state.views, &state.sources})
    for (const SavedView& view : *views) bytes += view.circuit.size();
  return bytes;
}

// Each circuit's id is its place, so that load() finds it.
void number_circuits(EngineState& state) {
  std::uint64_t id = 0;
  for (auto* views : {&state.views, &state.sources})
    for (SavedView& view : *views) view.stored.id = ++id;
}

std::optional<std::string> circuit_of(const EngineState& state, const StoredCircuit& stored) {
  const std::uint64_t place = stored.id - 1;
  if (place < state.views.size()) return state.views[place].circuit;
  return state.sources.at(place - state.views.size()).circuit;
}

}  // namespace

// Where a way of so many events is interrupted to write down how far it is: where half of what is left is done.
class Past::Milestones {
 public:
  Milestones(std::uint64_t total, std::uint64_t least) : total_(total), least_(least) { advance(); }
  std::uint64_t next() const noexcept { return next_; }
  bool reached(std::uint64_t done) {
    if (done < next_) return false;
    while (next_ <= done) advance();
    return true;
  }

 private:
  void advance() {
    const std::uint64_t half = (total_ - at_) / 2;
    if (half < std::max<std::uint64_t>(least_, 1)) {
      next_ = UINT64_MAX;
      return;
    }
    next_ = at_ += half;
  }

  std::uint64_t total_, least_, at_ = 0, next_ = 0;
};

Past::Past(PastSurroundings& around, std::string relation, Definitions definitions)
    : around_(around),
      relation_(std::move(relation)),
      definitions_(std::move(definitions)),
      moment_{Ulid{}, 0},
      engine_(*this) {
  engine_.give_definitions(definitions_);
  for (const SourceMaker& make : around_.sources()) {
    auto source = make(*this);
    if (definitions_.names.contains(source->relation().name)) engine_.add_source(std::move(source));
  }
}

std::unique_ptr<Past> Past::begin(PastSurroundings& around, std::string relation, Definitions definitions) {
  std::unique_ptr<Past> past(new Past(around, std::move(relation), std::move(definitions)));
  past->engine_.follow([](const Engine::Visit&) {}, 0);             // the tables are there, and empty
  if (past->definitions_.names.contains("events")) past->settle();  // else its views would read the log once more
  return past;
}

std::unique_ptr<Past> Past::begin(PastSurroundings& around, const KeptPast& kept) {
  std::unique_ptr<Past> past(new Past(around, kept.relation, kept.definitions));
  return past->load(kept) ? std::move(past) : nullptr;
}

bool Past::load(const KeptPast& kept) {
  moment_ = kept.moment;
  is_new_ = false;
  taken_ = kept.taken;
  const auto storage = open_memory_storage(tree_tables().size());
  storage->update([&](WriteTxn& txn) {
    for (const triples::StoredRows* rows : {&kept.state.tables.fresh, &kept.state.tables.changed})
      for (std::size_t i = 0; i < rows->size(); ++i) txn.put(kTriplesTable, rows->key(i), rows->value(i));
  });
  const auto txn = storage->read();
  const auto circuit = [&](const StoredCircuit& stored) { return circuit_of(kept.state, stored); };
  if (!engine_.load(*txn, kept.state, circuit)) return false;
  settle();
  return true;
}

// Where this node knew then all that it knows now, events are best found by their keys; else by their positions.
void Past::go_to(const Moment& moment) {
  if (is_new_ && moment.known == around_.root.head() && moment.until != Ulid::greatest()) {
    moment_.known = moment.known;
    widen(moment.until);
  } else {
    if (std::exchange(is_new_, false)) moment_.until = moment.until;
    learn(moment.known);
    widen(moment.until);
  }
  settle();
}

void Past::read(Lc after, Lc until, const Engine::Visit& visit) {
  until = std::min(until, moment_.known);
  while (after < until && !around_.stop()) {
    Snapshot snapshot = around_.root.snapshot();
    const Lc end = std::min(until, after + entries_a_snapshot);
    around_.entries_read += end - after;
    const auto scan = snapshot.log(after, end);
    while (const auto event = scan->next())
      if (event->key <= moment_.until && !visit(*event)) return;
    after = end;
  }
}

void Past::read_keys(const KeyRange& keys, Lc until, const Engine::Visit& visit) {
  KeyRange range = keys;
  range.to = std::min(keys.to, moment_.until);
  visit_keys(around_.root, range, std::min(until, moment_.known), visit);
}

// Entries after those that are known, of the same valid time.
void Past::learn(Lc until) {
  if (moment_.known >= until) return;
  const Lc begun = moment_.known;
  Milestones milestones(until - begun, around_.least_distance);
  while (moment_.known < until && !around_.stop()) {
    const Lc known = moment_.known;
    const Lc step = std::min<Lc>(entries_a_step, milestones.next() - (known - begun));
    moment_.known = std::min(until, known + step);
    engine_.follow(
        [&](const Engine::Visit& visit) {
          read(known, moment_.known, [&](const Event& event) { return ++taken_, visit(event); });
        },
        moment_.known);
    if (milestones.reached(moment_.known - begun)) write_down();
  }
  moment_.known = until;
}

// How many events of these keys this node knew, about: as many as there are among some that are spread over the log.
std::uint64_t Past::count_of_keys(const Ulid& after, const Ulid& until) const {
  const Lc samples = std::min(moment_.known, most_samples);
  Snapshot snapshot = around_.root.snapshot();
  std::uint64_t found = 0;
  for (Lc i = 0; i < samples; ++i) {
    const auto key = snapshot.key_at(1 + i * moment_.known / samples);
    found += key && *key > after && *key <= until ? 1 : 0;
  }
  return samples == 0 ? 0 : found * moment_.known / samples;
}

// Events of a longer valid time, of the same positions.
void Past::widen(const Ulid& until) {
  if (!is_new_ && moment_.until >= until) return;
  Ulid from = std::exchange(is_new_, false) ? Ulid{} : moment_.until.next();
  const std::uint64_t begun = taken_;
  Milestones milestones(count_of_keys(moment_.until, until), around_.least_distance);
  for (bool more = true; more && !around_.stop();) {
    const std::uint64_t most = std::min(events_a_page, milestones.next() - (taken_ - begun));
    const auto page = [&](const Engine::Visit& visit) { more = read_page_of_keys(from, until, most, visit); };
    engine_.follow(page, moment_.known);
    if (milestones.reached(taken_ - begun) && more) write_down();
  }
  moment_.until = until;
}

// Events of the keys from `from` on; moves it and the valid time behind them, and says whether there are more.
bool Past::read_page_of_keys(Ulid& from, const Ulid& until, std::uint64_t most, const Engine::Visit& visit) {
  Snapshot snapshot = around_.root.snapshot();
  const auto scan = snapshot.range(from, until);
  for (std::uint64_t i = 0; i < most; ++i) {
    auto event = scan->next();
    if (!event) return false;
    ++around_.entries_read;
    moment_.until = event->key;
    from = event->key.next();
    event = known_at(snapshot, std::move(event), moment_.known);
    if (event) {
      event->replaces = 0;  // what it took the place of never was taken in
      ++taken_;
      visit(*event);
    }
    if (moment_.until == Ulid::greatest()) return false;
  }
  return true;
}

// Views are there, or broken.
void Past::settle() {
  if (engine_.is_loading()) engine_.finish_loading();
  for (auto jobs = engine_.take_jobs(); !jobs.empty() && !around_.stop(); jobs = engine_.take_jobs()) {
    for (const auto& build : jobs) {
      Engine::run(*build, *this);
      engine_.finish(build);
    }
  }
}

void Past::write_down() {
  KeptPast kept{relation_, definitions_, moment_, taken_, {}, engine_.save_cost()};
  if (around_.stop() || !around_.wants(kept)) return;
  settle();
  kept.state = engine_.save();
  engine_.saved(kept.state, false);
  number_circuits(kept.state);
  kept.bytes = bytes_of(kept.state);
  around_.keep(std::move(kept));
}

Outcome<Page> Past::read(const ReadRequest& request) const {
  auto page = read_page(engine_, around_.root.epoch(), relation_, request);
  if (!page) return page;
  page->lc = moment_.known;
  page->tag += fmt::format("-{}", moment_.until.text());
  return page;
}

}  // namespace laterbase::views
