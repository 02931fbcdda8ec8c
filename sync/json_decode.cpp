#include <array>
#include <utility>

#include "engine/base/base64.h"
#include "sync/json_codec.h"
#include "sync/json_reader.h"

namespace laterbase::sync {
namespace {

using Name = std::string_view;

Head read_head(JsonReader& in) {
  Head head;
  in.object([&](Name name) {
    if (name == "node") return void(head.node = in.ulid());
    if (name == "epoch") return void(head.epoch = in.ulid());
    if (name == "lc") return void(head.lc = in.number());
    if (name == "chain") return void(head.chain = in.hash());
    in.pass_over();
  });
  return head;
}

bool read_bound(JsonReader& in, Name name, Window& window) {
  if (name == "from") window.from = in.ulid();
  if (name == "to") window.to = in.ulid();
  return name == "from" || name == "to";
}

void check_window(JsonReader& in, const Window& window) {
  if (window.to < window.from) in.fail("a range ends before it begins");
}

Window read_window(JsonReader& in) {
  Window window;
  in.object([&](Name name) {
    if (!read_bound(in, name, window)) in.pass_over();
  });
  check_window(in, window);
  return window;
}

bool read_print(JsonReader& in, Name name, Fingerprint& print) {
  if (name == "count") print.count = in.number();
  if (name == "sum") print.sum = in.hash();
  return name == "count" || name == "sum";
}

Fingerprint read_fingerprint(JsonReader& in) {
  Fingerprint print;
  in.object([&](Name name) {
    if (!read_print(in, name, print)) in.pass_over();
  });
  return print;
}

Range read_range(JsonReader& in) {
  Range range;
  in.object([&](Name name) {
    if (!read_bound(in, name, range.keys) && !read_print(in, name, range.print)) in.pass_over();
  });
  check_window(in, range.keys);
  return range;
}

template <typename T, typename One>
std::vector<T> read_list(JsonReader& in, std::uint64_t most, One one) {
  std::vector<T> list;
  in.array(most, [&] { list.push_back(one(in)); });
  return list;
}

Element read_element(JsonReader& in) {
  Element element;
  in.object([&](Name name) {
    if (name == "key") return void(element.key = in.ulid());
    if (name == "value") return void(element.value = in.hash());
    in.pass_over();
  });
  return element;
}

std::vector<Listing> read_listings(JsonReader& in, const DecodeLimits& limits) {
  std::vector<Listing> listings;
  std::uint64_t room = limits.keys;
  in.array(limits.ranges, [&] {
    Listing& listing = listings.emplace_back();
    Range& range = listing.range;
    in.object([&](Name name) {
      if (name == "elements") return void(listing.elements = read_list<Element>(in, room, read_element));
      if (!read_bound(in, name, range.keys) && !read_print(in, name, range.print)) in.pass_over();
    });
    room -= std::min<std::uint64_t>(room, listing.elements.size());
    check_window(in, range.keys);
  });
  return listings;
}

std::vector<Ulid> read_keys(JsonReader& in, std::uint64_t most) {
  std::vector<Ulid> keys;
  in.array(most, [&] {
    const Ulid key = in.ulid();
    if (!keys.empty() && key <= keys.back()) in.fail("the keys don't ascend");
    keys.push_back(key);
  });
  return keys;
}

Seen read_seen_one(JsonReader& in) {
  Seen seen;
  in.object([&](Name name) {
    if (name == "epoch") return void(seen.epoch = in.ulid());
    if (name == "sequence") return void(seen.sequence = in.number());
    in.pass_over();
  });
  return seen;
}

std::vector<Seen> read_seen(JsonReader& in, std::uint64_t most) {
  std::vector<Seen> list;
  in.array(most, [&] {
    const Seen seen = read_seen_one(in);
    if (!list.empty() && seen.epoch <= list.back().epoch) in.fail("the seen epochs don't ascend");
    list.push_back(seen);
  });
  return list;
}

Origin read_origin(JsonReader& in) {
  Origin origin;
  in.object([&](Name name) {
    if (name == "epoch") return void(origin.epoch = in.ulid());
    if (name == "node") return void(origin.node = in.ulid());
    if (name == "sequence") return void(origin.sequence = in.number());
    in.pass_over();
  });
  return origin;
}

// What an event says of its value; `value` and `base64` are as they stand.
struct ValueText {
  std::string_view value;
  std::optional<std::string> base64;
  bool json = false;
};

void set_value(JsonReader& in, const ValueText& text, WireEvent& event) {
  if (text.value.empty() == !text.base64) in.fail(R"(an event needs either "value" or "base64")");
  event.is_json = !text.base64 || text.json;
  if (!text.base64) event.value = text.value;
  if (text.base64 && !append_base64_decoded(event.value, *text.base64)) in.fail("a value is not base64");
  if (text.json && text.base64 && in.ok() && !is_json(event.value)) in.fail("a value that is called JSON is not");
}

WireEvent read_event(JsonReader& in) {
  WireEvent event;
  ValueText text;
  bool has_key = false;
  in.object([&](Name name) {
    has_key |= name == "key";
    if (name == "key") return void(event.key = in.ulid());
    if (name == "origin") return void(event.origin = read_origin(in));
    if (name == "value") return void(text.value = in.value());
    if (name == "base64") return void(text.base64 = in.text());
    if (name == "json") return void(text.json = in.flag());
    in.pass_over();
  });
  if (!has_key) in.fail("an event has no key");
  set_value(in, text, event);
  return event;
}

std::vector<WireEvent> read_events(JsonReader& in, const DecodeLimits& limits) {
  std::vector<WireEvent> events;
  std::uint64_t bytes = 0;
  in.array(limits.events, [&] {
    events.push_back(read_event(in));
    bytes += events.back().value.size();
    if (bytes > limits.event_bytes) in.fail("the events are more bytes than are taken", ErrorCode::too_large);
  });
  return events;
}

Proof read_proof(JsonReader& in, std::uint64_t most_keys) {
  Proof proof;
  in.object([&](Name name) {
    if (name == "of") return void(proof.of = read_keys(in, most_keys));
    if (!read_print(in, name, proof.sum)) in.pass_over();
  });
  return proof;
}

Delta read_delta(JsonReader& in, std::uint64_t most_keys) {
  Delta delta;
  in.object([&](Name name) {
    if (name == "after") return void(delta.after = read_head(in));
    if (name == "next") return void(delta.next = read_head(in));
    if (name == "more") return void(delta.more = in.flag());
    if (name == "held") return void(delta.held = read_head(in));
    if (name == "proof") return void(delta.proof = read_proof(in, most_keys));
    in.pass_over();
  });
  return delta;
}

Summary read_summary(JsonReader& in, const DecodeLimits& limits) {
  Summary summary;
  const auto counter = [](JsonReader& from) { return static_cast<std::int8_t>(from.number(-128, 127)); };
  in.object([&](Name name) {
    if (name == "whole") return void(summary.whole = read_fingerprint(in));
    if (name == "newest") return void(summary.newest = read_list<Range>(in, limits.ranges, read_range));
    if (name == "counters") return void(summary.counters = read_list<std::int8_t>(in, limits.counters, counter));
    in.pass_over();
  });
  return summary;
}

Cell read_cell(JsonReader& in) {
  Cell cell;
  in.object([&](Name name) {
    if (name == "key") return void(cell.key = in.ulid());
    if (name == "value") return void(cell.value = static_cast<std::uint8_t>(in.number(0, 0xff)));
    if (name == "check") return void(cell.check = static_cast<std::uint32_t>(in.number(0, 0x0fffffff)));
    if (name == "count") return void(cell.count = static_cast<std::uint8_t>(in.number(0, 15)));
    in.pass_over();
  });
  return cell;
}

Cells read_cells(JsonReader& in, const DecodeLimits& limits) {
  Cells cells;
  in.object([&](Name name) {
    if (name == "first") return void(cells.first = in.number());
    if (name == "cells") return void(cells.cells = read_list<Cell>(in, limits.cells, read_cell));
    in.pass_over();
  });
  return cells;
}

CellsWanted read_want_cells(JsonReader& in) {
  CellsWanted wanted;
  in.object([&](Name name) {
    if (name == "first") return void(wanted.first = in.number());
    if (name == "count") return void(wanted.count = in.number());
    in.pass_over();
  });
  return wanted;
}

Verdict read_verdict(JsonReader& in) {
  const std::string word = in.text();
  if (word != "valid" && word != "reset") in.fail(R"(a verdict is "valid" or "reset")");
  return word == "valid" ? Verdict::valid : Verdict::reset;
}

std::uint32_t read_hash32(JsonReader& in) { return in.number<std::uint32_t>(0, UINT32_MAX); }

using In = JsonReader;
using Limits = DecodeLimits;

struct Member {
  Name name;
  void (*read)(In& in, Message& to, const Limits& limits);
};

constexpr std::array members = {
    Member{"from", [](In& in, Message& to, const Limits&) { to.from = read_head(in); }},
    Member{"window", [](In& in, Message& to, const Limits&) { to.window = read_window(in); }},
    Member{"cursor", [](In& in, Message& to, const Limits&) { to.cursor = read_head(in); }},
    Member{"verdict", [](In& in, Message& to, const Limits&) { to.verdict = read_verdict(in); }},
    Member{"seen", [](In& in, Message& to, const Limits& most) { to.seen = read_seen(in, most.seen); }},
    Member{"ids", [](In& in, Message& to, const Limits& most) { to.ids = read_keys(in, most.keys); }},
    Member{"hashes", [](In& in, Message& to,
                        const Limits& most) { to.hashes = read_list<std::uint32_t>(in, most.keys, read_hash32); }},
    Member{"lacks", [](In& in, Message& to, const Limits& most) { to.lacks = read_keys(in, most.keys); }},
    Member{"wants", [](In& in, Message& to, const Limits& most) { to.wants = read_keys(in, most.keys); }},
    Member{"events", [](In& in, Message& to, const Limits& most) { to.events = read_events(in, most); }},
    Member{"delta", [](In& in, Message& to, const Limits& most) { to.delta = read_delta(in, most.keys); }},
    Member{"summary", [](In& in, Message& to, const Limits& most) { to.summary = read_summary(in, most); }},
    Member{"ranges",
           [](In& in, Message& to, const Limits& most) { to.ranges = read_list<Range>(in, most.ranges, read_range); }},
    Member{"want_ranges", [](In& in, Message& to,
                             const Limits& most) { to.want_ranges = read_list<Window>(in, most.ranges, read_window); }},
    Member{"listings", [](In& in, Message& to, const Limits& most) { to.listings = read_listings(in, most); }},
    Member{"deferred", [](In& in, Message& to,
                          const Limits& most) { to.deferred = read_list<Window>(in, most.ranges, read_window); }},
    Member{"cells", [](In& in, Message& to, const Limits& most) { to.cells = read_cells(in, most); }},
    Member{"want_cells", [](In& in, Message& to, const Limits&) { to.want_cells = read_want_cells(in); }},
    Member{"next", [](In& in, Message& to, const Limits&) { to.next = read_head(in); }},
};

}  // namespace

Result<Message> decode_json(BytesView text, const DecodeLimits& limits) {
  if (const auto bad = find_bad_utf8(text))
    return Error{ErrorCode::invalid,
                 "The message can't be read: it is not UTF-8 at byte " + std::to_string(*bad + 1) + "."};
  JsonReader in(text);
  Message message;
  std::array<bool, members.size()> known{};
  in.object([&](Name name) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (members[i].name != name) continue;
      if (std::exchange(known[i], true)) in.fail("a member is there twice");
      return members[i].read(in, message, limits);
    }
    in.pass_over();
  });
  in.end();
  if (!in.ok()) return in.error();
  return message;
}

}  // namespace laterbase::sync
