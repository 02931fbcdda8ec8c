#include "tests/simulation/process.h"

#include <fmt/format.h>

#include "engine/events/conflict.h"
#include "sync/counters.h"
#include "sync/rateless.h"

namespace laterbase::simulation {
namespace {

class Request final : public AppendRequest {
 public:
  void completed() noexcept override {}
};

constexpr std::size_t due_at_once = 8;
constexpr std::size_t most_cells = 512;

}  // namespace

Process::Process(Machine& machine, NodeRecord& record, Shared& shared, std::uint64_t seed)
    : record_(record), shared_(shared), place_(machine.place()), claims_(shared.history) {
  if (!shared_.design.sees_copies()) place_.identity = Hash128{1, 1};
  log_ = std::make_unique<Log>(place_, shared_.plan.log, record_.clock, seed);
  for (const auto& [name, value] : record_.early_notes) (void)log_->remember(name, value);
  find_again();
  sync::IndexOptions options;
  options.sketch = shared_.plan.sketch;
  options.block_elements = shared_.plan.block_elements;
  options.keep_cells_above = shared_.plan.keep_cells_above;
  options.most_cells = most_cells;
  index_ = std::make_unique<sync::Index>(options);
  for (const auto& [name, value] : log_->notes().list("")) check_note(name, value);
  if (shared_.onlooker != nullptr) shared_.onlooker->starts(*this);
}

void Process::complain(const std::string& what) {
  if (shared_.wrong.empty()) shared_.wrong = fmt::format("node {}: {}", record_.slot, what);
}

// What must be there after whatever happened, is.
void Process::find_again() {
  Snapshot now = log_->snapshot();
  const Place sure = record_.power_lost ? record_.durable : record_.shown;
  const Entry& last = shared_.history.at(sure);
  if (now.head() < last.lc || now.chain_at(last.lc) != last.chain)
    return complain(fmt::format("what was acknowledged up to {} is lost, the log ends at {}", last.lc, now.head()));
  const Place shown_before = record_.shown;
  const Ulid epoch_before = record_.epoch;
  record_.shown = sure;
  follow();
  if (!shared_.history.is_before(shown_before, record_.shown)) {
    shared_.faults.add(Fault::unsynced_lost);
    if (now.epoch() == epoch_before) complain("a position that was shown means something else in the same epoch");
  }
  record_.power_lost = false;
}

void Process::follow() {
  Snapshot now = log_->snapshot();
  std::string wrong;
  record_.shown = shared_.history.follow(now, record_.shown, shared_.faults, wrong);
  if (!wrong.empty()) complain(wrong);
  record_.durable = shared_.history.back_to(record_.shown, log_->durable());
  record_.epoch = now.epoch();
  if (shared_.onlooker == nullptr || index_ == nullptr) return;
  if (const std::string trouble = shared_.onlooker->advances(*this); !trouble.empty()) complain(trouble);
}

void Process::make_room() {
  if (!log_->tail_full()) return;
  if (log_->has_sealed()) log_->write_tree();
  log_->seal();
  if (record_.clock.wall % 2 == 0) log_->write_tree();
}

AppendResult Process::append(Batch batch, bool by_client) {
  const bool sync = by_client ? batch.durability == Durability::strong : shared_.design.syncs_merges();
  if (!sync) batch.durability = Durability::relaxed;
  make_room();
  if (auto refused = log_->refusal(batch)) return *refused;
  Request request;
  request.batch = std::move(batch);
  AppendRequest* group[] = {&request};
  try {
    log_->apply(group);
  } catch (const Failure&) {
    if (by_client) note_written(request);  // it may be in the file all the same
    throw;
  }
  if (by_client) note_written(request);
  if (sync && log_->dirty()) sync_log(by_client);
  log_->publish();
  follow();
  return request.result;
}

void Process::note_written(const AppendRequest& request) {
  if (!request.result) return;
  for (std::size_t i = 0; i < request.batch.events.size(); ++i) {
    const NewEvent& event = request.batch.events[i];
    shared_.history.write(request.result->keys[i], BytesView(request.batch.payload).substr(event.offset, event.size));
  }
}

void Process::sync_log(bool by_client) {
  if (by_client && !shared_.design.syncs_writes()) return;
  try {
    log_->sync();
  } catch (const Failure&) {
    must_reopen_ = true;
    throw;
  }
}

std::optional<Appended> Process::write(Batch batch) {
  const bool strong = batch.durability == Durability::strong;
  AppendResult result = append(std::move(batch), true);
  if (!result) return std::nullopt;
  if (strong) record_.durable = record_.shown;
  return std::move(*result);
}

AppendResult Process::merge(Batch batch) {
  const Batch as_it_came = batch;
  shared_.design.merges(*this, batch);
  AppendResult result = append(std::move(batch), false);
  if (result) check_merged(as_it_came);
  return result;
}

// Each event is in the map, or beside it.
void Process::check_merged(const Batch& batch) {
  Snapshot now = log_->snapshot();
  for (const NewEvent& event : batch.events) {
    const BytesView value = BytesView(batch.payload).substr(event.offset, event.size);
    const auto here = now.find(*event.key);
    if (here && here->value == value) continue;
    std::size_t aside = 0;
    bool listed = false;
    const auto scan = now.conflicts({*event.key, 0}, *event.key);
    while (const auto conflict = scan->next()) {
      ++aside;
      listed = listed || conflict->event.value == value;
    }
    if (!listed && aside < kMostAside) return complain(fmt::format("{} was merged and is not here", value));
    if (here && value_wins(value, here->value) && event.key->time_ms() <= record_.clock.wall)
      return complain(fmt::format("{} wins and is not in the map", value));
  }
}

void Process::begin_new_epoch() {
  if (!shared_.design.begins_new_epochs()) return;
  log_->begin_new_epoch();
  follow();
}

void Process::remember(const std::string& key, std::string value) {
  shared_.design.remembers(key, value);
  check_note(key, value);
  if (!shared_.design.notes_ride_with_events()) record_.early_notes[key] = value;
  (void)log_->remember(key, std::move(value));
}

std::optional<std::string> Process::recall(const std::string& key) { return log_->notes().recall(key); }

void Process::forget(const std::string& key) {
  record_.early_notes.erase(key);
  log_->forget(key);
}

std::vector<std::pair<std::string, std::string>> Process::notes(std::string_view prefix) {
  return log_->notes().list(prefix);
}

Snapshot Process::with_index(const IndexWork& work) {
  Snapshot now = log_->snapshot();
  (void)index_->catch_up(now);
  work(*index_, now);
  return now;
}

void Process::release_due() {
  for (;;) {
    Log::Due due = log_->due(due_at_once);
    if (!due.batch.events.empty()) (void)merge(std::move(due.batch));
    if (due.unsettled) log_->flush();
    if (!due.more) return;
  }
}

void Process::stop_cleanly() {
  log_->flush();
  log_->finish();
}

void Process::check_note(const std::string& name, const std::string& value) {
  if (shared_.lies || shared_.history.has_forks()) return;
  Snapshot now = log_->snapshot();
  if (const std::string wrong = claims_.check(now, name, value); !wrong.empty()) complain(wrong);
}

void Process::check_index() {
  constexpr std::uint64_t cells = 24;
  sync::Fingerprint whole;
  sync::CellSet set(cells, shared_.plan.sketch);
  sync::Counters counters;
  with_index([&](sync::Index& index, Snapshot& now) {
    const auto scan = now.range(Ulid{}, Ulid::greatest());
    while (const auto event = scan->next()) {
      const sync::Element element = sync::element_of(event->key, event->value);
      whole += sync::fingerprint_of(element);
      set.add(element);
      counters.add(sync::element_hash(element));
    }
    const sync::Summary summary = index.summary(now);
    if (summary.whole != whole) complain("the index's fingerprint is not the events'");
    if (summary.counters != counters.values()) complain("the index's counters are not the events'");
    const auto first = index.cells(now, std::nullopt, {0, cells}).cells;
    if (!std::equal(first.begin(), first.end(), set.cells().begin(), set.cells().end()))
      complain("the index's cells are not the events'");
  });
}

}  // namespace laterbase::simulation
