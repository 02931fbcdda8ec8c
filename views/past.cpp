#include "views/past.h"

#include <fmt/format.h>

#include <algorithm>

#include "views/engine_reads.h"

namespace laterbase::views {
namespace {

constexpr Lc entries_a_snapshot = 4'096;
constexpr Lc entries_a_step = 16'384;
constexpr std::size_t events_a_page = 4'096;

// What was under the event's key at that position of the log.
std::optional<Event> known_at(Snapshot& snapshot, std::optional<Event> event, Lc known) {
  while (event && event->lc > known) event = event->replaces == 0 ? std::nullopt : snapshot.at(event->replaces);
  return event;
}

}  // namespace

// Where this node knew then all that it knows now, events are best found by their keys; else by their positions.
Past::Past(Root& root, std::string relation, Definitions definitions, const std::vector<SourceMaker>& sources,
           const Moment& moment, std::function<bool()> stop)
    : root_(root),
      relation_(std::move(relation)),
      definitions_(std::move(definitions)),
      moment_{moment.until, 0},
      stop_(std::move(stop)),
      engine_(*this) {
  engine_.give_definitions(definitions_);
  for (const SourceMaker& make : sources) {
    auto source = make(*this);
    if (definitions_.names.contains(source->relation().name)) engine_.add_source(std::move(source));
  }
  engine_.follow([](const Engine::Visit&) {}, 0);  // the tables are there, and empty
  if (moment.known == root.head() && moment.until != Ulid::greatest()) {
    moment_ = {Ulid{}, moment.known};
    widen(moment.until);
  } else {
    learn(moment.known);
  }
  engine_.finish_loading();
  run_builds();
}

void Past::go_to(const Moment& moment) {
  if (moment_.known < moment.known) learn(moment.known);
  if (moment_.until < moment.until) widen(moment.until);
  run_builds();
}

void Past::read(Lc after, Lc until, const Engine::Visit& visit) {
  until = std::min(until, moment_.known);
  while (after < until && !stop_()) {
    Snapshot snapshot = root_.snapshot();
    const Lc end = std::min(until, after + entries_a_snapshot);
    const auto scan = snapshot.log(after, end);
    while (const auto event = scan->next())
      if (event->key <= moment_.until && !visit(*event)) return;
    after = end;
  }
}

// Entries after those that are known, of the same valid time.
void Past::learn(Lc until) {
  while (moment_.known < until && !stop_()) {
    const Lc known = moment_.known;
    moment_.known = std::min(until, known + entries_a_step);
    engine_.follow([&](const Engine::Visit& visit) { read(known, moment_.known, visit); }, moment_.known);
  }
  moment_.known = until;
}

// Events of a longer valid time, of the same positions.
void Past::widen(const Ulid& until) {
  Ulid from = moment_.until == Ulid{} ? Ulid{} : moment_.until.next();
  moment_.until = until;
  for (bool more = true; more && !stop_();)
    engine_.follow([&](const Engine::Visit& visit) { more = read_page_of_keys(from, visit); }, moment_.known);
}

// Events of the keys from `from` on; moves it behind them, and says whether there are more.
bool Past::read_page_of_keys(Ulid& from, const Engine::Visit& visit) {
  Snapshot snapshot = root_.snapshot();
  const auto scan = snapshot.range(from, moment_.until);
  for (std::size_t i = 0; i < events_a_page; ++i) {
    auto event = scan->next();
    if (!event) return false;
    from = event->key.next();
    const bool was_last = event->key == Ulid::greatest();
    event = known_at(snapshot, std::move(event), moment_.known);
    if (event) {
      event->replaces = 0;  // what it took the place of never was taken in
      visit(*event);
    }
    if (was_last) return false;
  }
  return true;
}

void Past::run_builds() {
  for (auto jobs = engine_.take_jobs(); !jobs.empty() && !stop_(); jobs = engine_.take_jobs()) {
    for (const auto& build : jobs) {
      Engine::run(*build, *this);
      engine_.finish(build);
    }
  }
}

Outcome<Page> Past::read(const ReadRequest& request) const {
  auto page = read_page(engine_, root_.epoch(), relation_, request);
  if (!page) return page;
  page->lc = moment_.known;
  page->tag += fmt::format("-{}", moment_.until.text());
  return page;
}

}  // namespace laterbase::views
