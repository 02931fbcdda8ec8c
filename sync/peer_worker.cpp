#include "sync/peer_worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/json_text.h"
#include "engine/base/log.h"

namespace laterbase::sync {
namespace {

constexpr std::size_t lanes = 2;
// A write waits so long for others to go with it, and exchanges because of writes keep such a distance.
constexpr std::int64_t push_delay_us = 5'000;
constexpr std::int64_t push_distance_us = 50'000;
// … where a few are not worth a message of their own. The first after a pause is.
constexpr std::int64_t calm_us = 1'000'000;
constexpr Lc worth_a_push = 256;
constexpr std::int64_t first_back_off_us = 250'000;
constexpr std::uint64_t most_rounds = 1'000;

// For the log: who is synced with once has no name here.
const std::string& who(const config::Peer& peer) { return peer.name.empty() ? peer.url : peer.name; }

}  // namespace

PeerWorker::PeerWorker(const PeerContext& context, config::Peer peer, bool configured)
    : context_(context), peer_(std::move(peer)), configured_(configured), random_(random_seed()) {}

std::unique_ptr<HttpPeer> PeerWorker::make_http() const {
  HttpPeerOptions options;
  options.url = peer_.url;
  options.token = peer_.token;
  options.ca_file = peer_.ca_file;
  options.connect_ms = std::min(options.connect_ms, context_.timeout_ms);
  options.silence_ms = context_.timeout_ms;
  options.max_answer_bytes = context_.max_answer_bytes;
  return std::make_unique<HttpPeer>(std::move(options));
}

void PeerWorker::start() {
  for (std::size_t i = 0; i < lanes; ++i) lanes_.push_back({make_http(), {}});
  for (Lane& lane : lanes_) lane.thread = std::thread([this, &http = *lane.http] { work(http); });
}

void PeerWorker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (HttpPeer* guest : guests_) guest->cancel();
  }
  wake_.notify_all();
  for (Lane& lane : lanes_) lane.http->cancel();
  for (Lane& lane : lanes_)
    if (lane.thread.joinable()) lane.thread.join();
}

void PeerWorker::work(HttpPeer& http) {
  Lock lock(mutex_);
  while (!stopping_) step(lock, http);
}

// What is due, or a wait for it.
void PeerWorker::step(Lock& lock, HttpPeer& http) {
  const std::int64_t now_us = context_.clock.monotonic_us();
  std::int64_t next_us = hold_us_;
  if (hold_us_ <= now_us) {
    if (!refreshing_ && refresh_us_ <= now_us) return refresh(lock, http);
    const EntryPtr entry = next_entry();
    if (entry && entry->next_us() <= now_us) {
      if (entry->due_us <= now_us || pushes_now(*entry, now_us)) run(lock, entry, http, [](const Report&) {});
      return;
    }
    next_us = std::min(refreshing_ ? never : refresh_us_, entry ? entry->next_us() : never);
  }
  constexpr std::int64_t longest_wait_us = 60'000'000;
  wake_.wait_for(lock, std::chrono::microseconds(std::min(next_us - now_us, longest_wait_us)));
}

// Whether what was written is worth a message by now; if not, when to look again.
bool PeerWorker::pushes_now(Entry& entry, std::int64_t now_us) const {
  const Lc news = entry.link.news();
  const std::int64_t patience = yields(entry, now_us) ? 2 : 1;
  const std::int64_t calm_until_us = entry.began_us + patience * std::min(calm_us, interval_us());
  if (news >= worth_a_push * static_cast<Lc>(patience) || (news > 0 && calm_until_us <= now_us)) return true;
  entry.push_us = news == 0 ? never : std::min(calm_until_us, now_us + push_distance_us);
  return false;
}

// Of two nodes that both exchange with each other one goes first: exchanges that cross send all twice.
bool PeerWorker::yields(const Entry& entry, std::int64_t now_us) const {
  const bool speaks_itself = entry.heard_us != 0 && now_us - entry.heard_us < 2 * std::max(calm_us, interval_us());
  return entry.node && *entry.node < context_.roots.node() && speaks_itself;
}

PeerWorker::EntryPtr PeerWorker::next_entry() {
  EntryPtr next;
  for (const auto& [name, entry] : entries_)
    if (!entry->busy && (!next || entry->next_us() < next->next_us())) next = entry;
  return next;
}

// Which databases there are to keep equal.
void PeerWorker::refresh(Lock& lock, HttpPeer& http) {
  refreshing_ = true;
  lock.unlock();
  const auto wanted = wanted_databases(http);
  lock.lock();
  refreshing_ = false;
  constexpr std::int64_t least_us = 1'000'000;
  refresh_us_ = context_.clock.monotonic_us() + std::max(interval_us(), least_us);
  if (!wanted) {
    if (!stopping_ && trouble_ != wanted.error().detail)
      log::warn("a peer can't be asked for its databases", {{"peer", who(peer_)}, {"reason", wanted.error().detail}});
    trouble_ = wanted.error().detail;
    hold_us_ = context_.clock.monotonic_us() + back_off_us(++unreachable_);
    return;
  }
  const std::set<std::string> names(wanted->begin(), wanted->end());
  for (const std::string& name : names) entry_of(name);
  std::erase_if(entries_, [&](const auto& entry) { return !entry.second->busy && !names.contains(entry.first); });
  wake_.notify_all();
}

Result<std::vector<std::string>> PeerWorker::wanted_databases(HttpPeer& http) {
  const auto& named = peer_.databases;
  if (std::find(named.begin(), named.end(), "*") == named.end()) return named;
  try {
    std::vector<std::string> wanted = context_.roots.names();
    if (!peer_.create) return wanted;
    const auto theirs = databases_of_peer(http);
    if (!theirs) return theirs.error();
    std::copy_if(theirs->begin(), theirs->end(), std::back_inserter(wanted),
                 [&](const std::string& name) { return !context_.roots.was_dropped(name); });
    return wanted;
  } catch (const Failure& failure) {
    return Error{ErrorCode::unavailable, failure.what()};
  }
}

// None where the peer doesn't tell: a token may be good for sync and not for this.
Result<std::vector<std::string>> PeerWorker::databases_of_peer(HttpPeer& http) const {
  const auto answered = http.send({"GET", "/db", "", "application/json", ""});
  if (!answered) return answered.error();
  std::vector<std::string> names;
  if (!answered->good() || !is_json(answered->body)) return names;
  const auto document = nlohmann::json::parse(answered->body, nullptr, false);
  if (!document.is_object() || !document.contains("databases") || !document["databases"].is_array()) return names;
  for (const auto& name : document["databases"])
    if (name.is_string() && valid_root_name(name.get<std::string>())) names.push_back(name);
  return names;
}

PeerWorker::EntryPtr PeerWorker::entry_of(const std::string& database) {
  EntryPtr& entry = entries_[database];
  if (!entry) {
    entry = std::make_shared<Entry>(context_, peer_, database);
    entry->level_us = context_.clock.monotonic_us();
  }
  return entry;
}

void PeerWorker::written(const std::string& database) {
  if (peer_.direction == config::Direction::pull) return;
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(database);
  if (found == entries_.end() || found->second->push_us != never) return;
  Entry& entry = *found->second;
  entry.push_us = std::max(context_.clock.monotonic_us() + push_delay_us, entry.began_us + push_distance_us);
  wake_.notify_one();
}

void PeerWorker::heard(const std::string& database, const Ulid& node, std::optional<Lc> level) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(database);
  if (found == entries_.end() || found->second->node != node) return;
  Entry& entry = *found->second;
  const std::int64_t now_us = entry.heard_us = context_.clock.monotonic_us();
  if (entry.busy) return;
  entry.link.heard();
  const bool whole = peer_.from.empty() && peer_.to.empty();
  if (!level || !whole || entry.state.phase != LinkPhase::level) return;
  entry.link.told(*level);
  entry.level_us = entry.began_us = now_us;
  const std::int64_t percent = yields(entry, now_us) ? 150 : 100;
  entry.due_us = std::max(entry.due_us, now_us + with_jitter_us(interval_us(), percent, percent + 20));
}

// The entry is busy meanwhile, and the lock is open.
Conversed PeerWorker::run(Lock& lock, const EntryPtr& entry, HttpPeer& http, const Progress& progress) {
  entry->busy = true;
  entry->push_us = never;
  entry->state.phase = LinkPhase::syncing;
  entry->began_us = context_.clock.monotonic_us();
  entry->state.last_at_ms = context_.clock.wall_ms();
  lock.unlock();
  Report report;
  Conversed conversed = entry->link.exchange(http, progress, report);
  lock.lock();
  entry->busy = false;
  settle(*entry, conversed, report);
  schedule(*entry, conversed);
  wake_.notify_all();
  return conversed;
}

void PeerWorker::settle(Entry& entry, const Conversed& conversed, const Report& report) {
  const std::int64_t now_us = context_.clock.monotonic_us();
  entry.node = entry.link.node();
  LinkState& state = entry.state;
  state.last = report;
  state.last_took_us = now_us - entry.began_us;
  state.total.add(report);
  ++state.exchanges;
  if (!conversed) {
    if (!stopping_ && state.trouble != conversed.error().words)
      log::warn("sync failed", {{"db", state.database}, {"peer", who(peer_)}, {"reason", conversed.error().words}});
    ++state.failures;
    state.phase = LinkPhase::failing;
    state.trouble = conversed.error().words;
    return;
  }
  if (!state.trouble.empty()) log::info("sync works again", {{"db", state.database}, {"peer", who(peer_)}});
  state.trouble.clear();
  state.events_behind = entry.link.lag().behind;
  state.events_ahead = entry.link.lag().ahead;
  const bool level = state.events_behind == 0 && state.events_ahead == 0;
  state.phase = level ? LinkPhase::level : LinkPhase::behind;
  if (level) entry.level_us = entry.began_us;
}

void PeerWorker::schedule(Entry& entry, const Conversed& conversed) {
  const std::int64_t now_us = context_.clock.monotonic_us();
  const bool unreachable = !conversed && conversed.error().where == Trouble::Where::network;
  unreachable_ = unreachable ? unreachable_ + 1 : 0;
  trouble_ = unreachable ? conversed.error().words : "";
  entry.failures = conversed ? 0 : entry.failures + 1;
  if (conversed) {
    entry.due_us = now_us + with_jitter_us(interval_us(), 90, 110);
    return;
  }
  entry.push_us = never;
  const std::int64_t pause_us = unreachable ? back_off_us(unreachable_) : back_off_us(entry.failures);
  entry.due_us = now_us + std::max(pause_us, conversed.error().retry_after_ms * 1000);
  if (unreachable) hold_us_ = entry.due_us;
}

// Doubling, from the interval or a quarter of a second to the longest.
std::int64_t PeerWorker::back_off_us(std::uint64_t failures) {
  const std::int64_t longest_us = std::max(context_.max_back_off_ms * 1000, interval_us());
  std::int64_t pause_us = std::max(interval_us(), first_back_off_us);
  for (std::uint64_t i = 1; i < failures && pause_us < longest_us; ++i) pause_us *= 2;
  return with_jitter_us(std::min(pause_us, longest_us), 50, 100);
}

std::int64_t PeerWorker::with_jitter_us(std::int64_t us, std::int64_t least_percent, std::int64_t most_percent) {
  const auto spread = static_cast<std::uint64_t>(most_percent - least_percent + 1);
  return us / 100 * (least_percent + static_cast<std::int64_t>(random_.below(spread)));
}

Conversed PeerWorker::sync_now(const std::string& database, const Progress& progress, Report& report) {
  const auto http = make_http();
  Lock lock(mutex_);
  const EntryPtr entry = entry_of(database);
  guests_.push_back(http.get());
  Conversed conversed = boost::system::in_place_value;
  for (std::uint64_t round = 0; round < most_rounds; ++round) {
    wake_.wait(lock, [&] { return !entry->busy || stopping_; });
    if (stopping_) break;
    const auto all_told = [&](const Report& of_this) {
      Report sum = report;
      sum.add(of_this);
      progress(sum);
    };
    conversed = run(lock, entry, *http, all_told);
    const Report last = *entry->state.last;
    report.add(last);
    if (!conversed || report.equal || (last.sent == 0 && last.received == 0)) break;
  }
  if (stopping_) conversed = Trouble{Trouble::Where::here, "this node is going down, or the peer was taken away"};
  std::erase(guests_, http.get());
  return conversed;
}

PeerState PeerWorker::state() {
  const std::lock_guard lock(mutex_);
  PeerState state{peer_, configured_, {}, trouble_, {}};
  const std::int64_t now_us = context_.clock.monotonic_us();
  for (const auto& [name, entry] : entries_) {
    LinkState& link = state.links.emplace_back(entry->state);
    if (!entry->busy && entry->link.node()) state.node = entry->link.node();
    const bool overdue = now_us > entry->due_us + interval_us();
    const bool level = link.phase == LinkPhase::level && !overdue;
    link.lag_seconds = level ? 0 : static_cast<double>(now_us - entry->level_us) * 1e-6;
  }
  return state;
}

}  // namespace laterbase::sync
