#include <fmt/format.h>

#include <algorithm>

#include "sync/answer.h"
#include "tests/simulation/describe.h"
#include "tests/simulation/liar.h"
#include "tests/simulation/world.h"

// Exchanges over a network that drops, doubles, delays, cuts and damages what is sent.
namespace laterbase::simulation {
namespace {

constexpr std::size_t most_traced = 200;

}  // namespace

World::Conversation* World::find(std::uint64_t id) {
  const auto found = std::find_if(conversations_.begin(), conversations_.end(),
                                  [id](const Conversation& each) { return each.id == id; });
  return found != conversations_.end() ? &*found : nullptr;
}

void World::end(std::uint64_t conversation) {
  std::erase_if(conversations_, [conversation](const Conversation& each) { return each.id == conversation; });
}

void World::begin_exchange(std::size_t link) {
  const Link& between = plan_.links[link];
  Slot& asking = slots_[between.from];
  const bool is_on = std::any_of(conversations_.begin(), conversations_.end(),
                                 [link](const Conversation& each) { return each.link == link; });
  if (!asking.process || is_on) return;
  Conversation conversation;
  conversation.id = ++made_;
  conversation.link = link;
  sync::ExchangeOptions options;
  options.peer = fmt::format("{}", between.to);
  options.pull = between.pull;
  options.push = between.push;
  options.ask_first = between.ask_first;
  options.window = between.window;
  options.limits = plan_.limits;
  Process& process = *asking.process;
  conversation.exchange = std::make_unique<sync::Exchange>(process, process.views[link], options);
  conversations_.push_back(std::move(conversation));
  send_next(conversations_.back());
}

void World::send_next(Conversation& conversation) {
  const std::uint64_t id = conversation.id;
  const Link& link = plan_.links[conversation.link];
  std::optional<sync::Message> message;
  const bool went = attempt(slots_[link.from], [&] { message = conversation.exchange->next(); });
  if (!went || !message) {
    if (went && healing_ && !plan_.rare_limits) count_round_trips(conversation.round_trips);
    return end(id);
  }
  if (++conversation.round_trips > 300 + 40 * history_.size()) {
    complain(fmt::format("an exchange between {} and {} does not end", link.from, link.to));
    return end(id);
  }
  conversation.asked = *message;
  const bool is_asked = conversation.ahead && sync::Exchange::is_answered_by(*message, *conversation.ahead);
  conversation.ahead.reset();
  if (is_asked) return outcome_.faults.add(Fault::asked_ahead);
  send_request(conversation, std::move(*message));
}

// As over HTTP: the peer is at the next part of its log before this one is merged.
void World::ask_ahead(Conversation& conversation, const sync::Message& answer) {
  auto next = conversation.exchange->foresee(answer);
  if (!next || random_.one_in(2)) return;
  conversation.ahead = *next;
  send_request(conversation, std::move(*next));
}

void World::count_round_trips(std::uint64_t round_trips) {
  ++outcome_.exchanges;
  outcome_.within_two += round_trips <= 2 ? 1 : 0;
  outcome_.most_round_trips = std::max(outcome_.most_round_trips, round_trips);
}

void World::send_request(Conversation& conversation, sync::Message message) {
  const Link& link = plan_.links[conversation.link];
  Slot& asking = slots_[link.from];
  check_bounds(message);
  conversation.number = ++made_;
  const std::uint64_t id = conversation.id;
  if (!attempt(asking, [&] { shared_.design.sends(*asking.process, link.to, message); })) return end(id);
  lie(asking, message);
  conversation.asked_ids = message.ids.value_or(std::vector<Ulid>());
  if (options_.trace) say(fmt::format("{} -> {}: {}", link.from, link.to, describe(message)));
  Packet packet;
  packet.from = link.from;
  packet.to = link.to;
  packet.conversation = conversation.id;
  packet.number = conversation.number;
  post(std::move(packet), encode(message, form_, {}));
}

// One event always fits.
void World::check_bounds(const sync::Message& message) {
  const sync::Limits& limits = plan_.limits;
  if (message.events.size() > std::max<std::size_t>(limits.events, 1)) complain("more events in a message than may be");
  if (message.wants &&
      message.wants->size() > std::max(limits.ids, limits.range_leaf * limits.range_split * limits.ranges))
    complain("more wants in a message than may be");
  // Of each range that is asked about all parts: of those that were about to be split, and of the listed ones.
  if (message.ranges.size() > (2 * limits.ranges + limits.range_split) * limits.range_split)
    complain("more ranges in a message than may be");
  if (message.cells && message.cells->cells.size() > limits.cells) complain("more cells in a message than may be");
  if (message.seen.size() > limits.seen) complain("more origins in a message than may be");
}

void World::lie(Slot& slot, sync::Message& message) {
  if (healing_ || plan_.liar != slot.record.slot || !random_.one_in(plan_.rates.lie)) return;
  outcome_.faults.add(Fault::lie);
  shared_.lies = true;
  tell_a_lie(random_, message);
}

void World::post(Packet packet, std::string body) {
  const Rates& rates = plan_.rates;
  FaultCount& faults = outcome_.faults;
  const auto happens = [&](std::uint64_t rate) { return !healing_ && rate != 0 && random_.one_in(rate); };
  outcome_.messages += 1;
  outcome_.bytes += body.size();
  if (happens(rates.drop)) {
    faults.add(Fault::dropped);
    if (packet.is_answer) faults.add(Fault::answer_lost);
    return;
  }
  if (!body.empty() && rates.unknown_member != 0 && random_.one_in(rates.unknown_member)) {
    faults.add(Fault::unknown_member);
    body = with_unknown_member(std::move(body), form_);
  }
  if (!body.empty() && happens(rates.cut)) {
    faults.add(Fault::cut);
    packet.damaged = true;
    body = cut(std::move(body), random_.below(1000));
  } else if (!body.empty() && happens(rates.corrupt)) {
    faults.add(Fault::corrupted);
    packet.damaged = true;
    body = corrupt(std::move(body), form_, random_.below(1000));
  }
  packet.body = std::make_shared<const std::string>(std::move(body));
  packets_.push_back(packet);
  if (!packet.is_answer && happens(rates.duplicate)) {
    faults.add(Fault::duplicated);
    packets_.push_back(packet);
  }
}

void World::deliver(std::size_t which) {
  const Packet packet = packets_[which];
  packets_.erase(packets_.begin() + static_cast<std::ptrdiff_t>(which));
  if (which > 0) outcome_.faults.add(Fault::reordered);
  if (slots_[packet.from].cannot_reach.contains(packet.to)) {
    if (packet.is_answer) outcome_.faults.add(Fault::answer_lost);
    return;
  }
  packet.is_answer ? deliver_answer(packet) : deliver_request(packet);
}

void World::deliver_request(const Packet& packet) {
  Slot& slot = slots_[packet.to];
  const Conversation* asking = find(packet.conversation);
  if (asking == nullptr || asking->number != packet.number) outcome_.faults.add(Fault::stale);
  Packet back = packet;
  std::swap(back.from, back.to);
  back.is_answer = true;
  back.damaged = false;
  std::vector<Ulid> asked_ids;
  const auto answered = answer_in(slot, packet, asked_ids);
  back.failed = !answered;
  post(std::move(back), answered ? encode(*answered, form_, asked_ids) : std::string());
}

std::optional<sync::Message> World::answer_in(Slot& slot, const Packet& packet, std::vector<Ulid>& asked_ids) {
  if (!slot.process) return std::nullopt;
  auto request = decode(*packet.body, form_, {});
  if (packet.damaged || !request) {
    if (packet.damaged && request) complain("a damaged body was taken for a whole one");
    if (!packet.damaged) complain("a request could not be read: " + request.error().detail);
    return std::nullopt;
  }
  if (request->ids) asked_ids = *request->ids;
  std::optional<sync::Message> answered;
  attempt(slot, [&] {
    shared_.design.reads(*slot.process, *request);
    auto made = sync::answer(*slot.process, *request, plan_.limits);
    if (made) {
      check_bounds(*made);
      shared_.design.answers(*slot.process, *request, *made);
      answered = std::move(*made);
    } else if (!shared_.lies && made.error().code == ErrorCode::invalid) {
      complain("an honest request was refused: " + made.error().detail);
    }
  });
  if (!answered || !slot.process) return std::nullopt;
  if (!plan_.net && !request->summary) answered->summary.reset();
  lie(slot, *answered);
  if (options_.trace) say(fmt::format("{} <- {}: {}", packet.from, packet.to, describe(*answered)));
  trace_.push_back(packet);
  if (trace_.size() > most_traced) trace_.pop_front();
  return answered;
}

void World::deliver_answer(const Packet& packet) {
  Conversation* conversation = find(packet.conversation);
  if (conversation == nullptr || conversation->number != packet.number) return;
  if (packet.failed) return end(packet.conversation);
  Slot& slot = slots_[packet.to];
  auto answer = decode(*packet.body, form_, conversation->asked_ids);
  if (packet.damaged || !answer) {
    if (packet.damaged && answer) complain("a damaged body was taken for a whole one");
    if (!packet.damaged) complain("an answer could not be read: " + answer.error().detail);
    return end(packet.conversation);
  }
  conversation->number = 0;
  ask_ahead(*conversation, *answer);
  conversation = find(packet.conversation);
  if (conversation == nullptr) return;
  bool taken = false;
  const bool went = attempt(slot, [&] {
    shared_.design.takes(*slot.process, plan_.links[conversation->link].to, conversation->asked, *answer);
    const auto result = conversation->exchange->take(*answer);
    taken = result.has_value();
    // The peer has begun a new epoch, was restored, or is a twin: the next exchange will do.
    const bool is_other = !taken && result.error().detail.starts_with("the peer is ");
    if (!taken && !shared_.lies && !is_other) complain("an honest answer was refused: " + result.error().detail);
  });
  if (!went || !taken) return end(packet.conversation);
  send_next(*conversation);
}

void World::give_up() {
  if (conversations_.empty()) return;
  outcome_.faults.add(Fault::half_open);
  end(conversations_[random_.below(conversations_.size())].id);
}

}  // namespace laterbase::simulation
