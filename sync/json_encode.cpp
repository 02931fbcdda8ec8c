#include <fmt/format.h>

#include "engine/base/base64.h"
#include "sync/json_codec.h"

namespace laterbase::sync {
namespace {

// Appends JSON; commas come by themselves.
class Json {
 public:
  std::string take() { return std::move(out_); }

  Json& name(std::string_view name) {
    comma();
    out_.append(1, '"').append(name).append("\":");
    first_ = true;
    return *this;
  }
  void raw(std::string_view text) {
    comma();
    out_ += text;
  }
  void number(std::uint64_t number) { raw(fmt::format_int(number).c_str()); }
  void text(std::string_view letters) {  // letters that need no escape
    comma();
    out_.append(1, '"').append(letters).append(1, '"');
  }
  void ulid(const Ulid& ulid) { text(ulid.text()); }
  void hash(const Hash128& hash) { text(fmt::format("{:016x}{:016x}", hash.high, hash.low)); }
  void flag(bool flag) { raw(flag ? "true" : "false"); }

  template <typename Inside>
  void object(Inside inside) {
    bracket('{', inside, '}');
  }
  template <typename List, typename Each>
  void array(const List& list, Each each) {
    bracket(
        '[',
        [&] {
          for (const auto& one : list) each(one);
        },
        ']');
  }

 private:
  void comma() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  template <typename Inside>
  void bracket(char open, Inside inside, char close) {
    comma();
    out_ += open;
    first_ = true;
    inside();
    out_ += close;
    first_ = false;
  }

  std::string out_;
  bool first_ = true;
};

void write_head(Json& to, const Head& head) {
  to.object([&] {
    to.name("node").ulid(head.node);
    to.name("epoch").ulid(head.epoch);
    to.name("lc").number(head.lc);
    to.name("chain").hash(head.chain);
  });
}

void write_bounds(Json& to, const Window& window) {
  to.name("from").ulid(window.from);
  to.name("to").ulid(window.to);
}

void write_window(Json& to, const Window& window) {
  to.object([&] { write_bounds(to, window); });
}

void write_print(Json& to, const Fingerprint& print) {
  to.name("count").number(print.count);
  to.name("sum").hash(print.sum);
}

void write_range(Json& to, const Range& range) {
  to.object([&] {
    write_bounds(to, range.keys);
    write_print(to, range.print);
  });
}

void write_ranges(Json& to, const std::vector<Range>& ranges) {
  to.array(ranges, [&](const Range& range) { write_range(to, range); });
}

void write_listing(Json& to, const Listing& listing) {
  to.object([&] {
    write_bounds(to, listing.range.keys);
    write_print(to, listing.range.print);
    to.name("elements").array(listing.elements, [&](const Element& element) {
      to.object([&] {
        to.name("key").ulid(element.key);
        to.name("value").hash(element.value);
      });
    });
  });
}

void write_keys(Json& to, std::string_view name, const std::optional<std::vector<Ulid>>& keys) {
  if (keys) to.name(name).array(*keys, [&](const Ulid& key) { to.ulid(key); });
}

void write_seen(Json& to, const Seen& seen) {
  to.object([&] {
    to.name("epoch").ulid(seen.epoch);
    to.name("sequence").number(seen.sequence);
  });
}

void write_origin(Json& to, const Origin& origin) {
  to.object([&] {
    to.name("epoch").ulid(origin.epoch);
    to.name("node").ulid(origin.node);
    to.name("sequence").number(origin.sequence);
  });
}

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// A JSON value with blanks around it would lose them in another JSON text.
bool stands_for_itself(std::string_view value) {
  return !value.empty() && !is_blank(value.front()) && !is_blank(value.back());
}

void write_event(Json& to, const WireEvent& event) {
  to.object([&] {
    to.name("key").ulid(event.key);
    if (event.origin) write_origin(to.name("origin"), *event.origin);
    if (event.is_json && stands_for_itself(event.value)) {
      to.name("value").raw(event.value);
      return;
    }
    if (event.is_json) to.name("json").flag(true);
    std::string letters;
    append_base64(letters, event.value);
    to.name("base64").text(letters);
  });
}

void write_proof(Json& to, const Proof& proof) {
  to.object([&] {
    write_print(to, proof.sum);
    to.name("of").array(proof.of, [&](const Ulid& key) { to.ulid(key); });
  });
}

void write_delta(Json& to, const Delta& delta) {
  to.object([&] {
    write_head(to.name("after"), delta.after);
    write_head(to.name("next"), delta.next);
    to.name("more").flag(delta.more);
    if (delta.held) write_head(to.name("held"), *delta.held);
    if (delta.proof) write_proof(to.name("proof"), *delta.proof);
  });
}

void write_summary(Json& to, const Summary& summary) {
  to.object([&] {
    to.name("whole").object([&] { write_print(to, summary.whole); });
    write_ranges(to.name("newest"), summary.newest);
    to.name("counters").array(summary.counters, [&](std::int8_t one) { to.raw(fmt::format("{}", one)); });
  });
}

void write_cell(Json& to, const Cell& cell) {
  to.object([&] {
    to.name("key").ulid(cell.key);
    to.name("value").number(cell.value);
    to.name("check").number(cell.check);
    to.name("count").number(cell.count);
  });
}

void write_cells(Json& to, const Cells& cells) {
  to.object([&] {
    to.name("first").number(cells.first);
    to.name("cells").array(cells.cells, [&](const Cell& cell) { write_cell(to, cell); });
  });
}

void write_want_cells(Json& to, const CellsWanted& wanted) {
  to.object([&] {
    to.name("first").number(wanted.first);
    to.name("count").number(wanted.count);
  });
}

void write_lists(Json& to, const Message& m) {
  if (!m.seen.empty()) to.name("seen").array(m.seen, [&](const Seen& seen) { write_seen(to, seen); });
  write_keys(to, "ids", m.ids);
  if (!m.hashes.empty()) to.name("hashes").array(m.hashes, [&](std::uint32_t hash) { to.number(hash); });
  write_keys(to, "lacks", m.lacks);
  write_keys(to, "wants", m.wants);
  if (!m.events.empty()) to.name("events").array(m.events, [&](const WireEvent& event) { write_event(to, event); });
}

void write_reconciliation(Json& to, const Message& m) {
  if (m.summary) write_summary(to.name("summary"), *m.summary);
  if (!m.ranges.empty()) write_ranges(to.name("ranges"), m.ranges);
  if (!m.listings.empty())
    to.name("listings").array(m.listings, [&](const Listing& listing) { write_listing(to, listing); });
  if (!m.want_ranges.empty())
    to.name("want_ranges").array(m.want_ranges, [&](const Window& window) { write_window(to, window); });
  if (!m.deferred.empty())
    to.name("deferred").array(m.deferred, [&](const Window& window) { write_window(to, window); });
  if (m.cells) write_cells(to.name("cells"), *m.cells);
  if (m.want_cells) write_want_cells(to.name("want_cells"), *m.want_cells);
}

}  // namespace

std::string encode_json(const Message& message) {
  Json to;
  const Message& m = message;
  to.object([&] {
    if (m.from) write_head(to.name("from"), *m.from);
    if (m.window) write_window(to.name("window"), *m.window);
    if (m.cursor) write_head(to.name("cursor"), *m.cursor);
    if (m.verdict) to.name("verdict").text(*m.verdict == Verdict::valid ? "valid" : "reset");
    write_lists(to, m);
    if (m.delta) write_delta(to.name("delta"), *m.delta);
    write_reconciliation(to, m);
    if (m.next) write_head(to.name("next"), *m.next);
  });
  return to.take();
}

}  // namespace laterbase::sync
