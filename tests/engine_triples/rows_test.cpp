#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <map>

#include "engine/triples/rows.h"
#include "engine/triples/stored_bytes.h"
#include "tests/engine_triples/history.h"
#include "tests/support/seed.h"
#include "tests/support/temp_dir.h"

// Rows that are opened, packed, shown and erased at random hold what a plain map of them holds.
namespace laterbase::triples::tests {
namespace {

constexpr std::size_t columns = 3;

struct Expected {
  triples::Rows::Number number;
  RowState state;
  std::string shown;  // the block; "" for none
};
using Model = std::map<std::string, Expected>;

std::string bytes_of(const RowState& state) {
  std::string bytes;
  append_version(bytes, state.died);
  append_version(bytes, state.lived);
  for (const Cell& cell : state.cells) {
    cell.save(bytes);
    bytes += cell.is_unsaved() ? '!' : '.';
  }
  return bytes;
}

class Changes {
 public:
  Changes(Random& random, triples::Rows& rows) : random_(random), rows_(rows) {}

  void make_one() {
    const std::string subject = fmt::format("{:>{}}", random_.below(40), 1 + random_.below(3) * 400);
    const auto found = model_.find(subject);
    if (found == model_.end()) return add(subject);
    if (random_.one_in(12)) return erase(found);
    if (random_.one_in(3)) return show(found->second);
    if (random_.one_in(8)) return mark(found->second);
    change(rows_.open(found->second.number), found->second.state);
  }

  void check() const {
    REQUIRE(rows_.size() == model_.size());
    std::size_t visited = 0;
    rows_.for_each([&](triples::Rows::Number) { ++visited; });
    REQUIRE(visited == model_.size());
    for (const auto& [subject, row] : model_) {
      REQUIRE(rows_.find(subject) == row.number);
      REQUIRE(rows_.subject(row.number) == subject);
      REQUIRE(bytes_of(rows_.read(row.number)) == bytes_of(row.state));
      const ivm::RowView shown = rows_.shown(row.number);
      REQUIRE((shown ? std::string(shown.view()) : "") == row.shown);
    }
    REQUIRE_FALSE(rows_.find("nobody").has_value());
  }

  void check_packed() const {
    for (const auto& [subject, row] : model_) {
      const triples::Rows::PackedRow packed = rows_.packed(row.number);
      for (std::size_t i = 0; i < columns; ++i) {
        std::string bytes;
        if (!row.state.cells[i].empty()) row.state.cells[i].save(bytes);
        REQUIRE(packed.cells[i].bytes == bytes);
        REQUIRE(packed.cells[i].unsaved == row.state.cells[i].is_unsaved());
        REQUIRE(rows_.packed_cell(row.number, i).bytes == bytes);
      }
    }
  }

 private:
  void add(const std::string& subject) {
    RowState state;
    state.cells.resize(columns);
    const triples::Rows::Number number = rows_.add(subject, state);
    model_[subject] = {number, state, ""};
  }
  void erase(Model::iterator at) {
    rows_.erase(at->second.number);
    model_.erase(at);
  }
  void show(Expected& row) {
    if (random_.one_in(4)) {
      rows_.show(row.number, {});
      row.shown.clear();
      return;
    }
    const std::vector<ivm::Value> values{ivm::Value::of_bigint(static_cast<std::int64_t>(random_.below(9))),
                                         ivm::Value::of_text(std::string(random_.below(60), 'x'))};
    const ivm::Row fresh = ivm::Row::of(values);
    rows_.show(row.number, fresh.view());
    row.shown = fresh.view().view();
  }
  void mark(Expected& row) {
    const bool unsaved = random_.one_in(2);
    rows_.mark_cells(row.number, unsaved);
    for (Cell& cell : row.state.cells) unsaved ? cell.mark_unsaved() : void(cell.take_unsaved());
  }
  void change(RowState& real, RowState& expected) {
    const Version version{key_of(random_.below(1'000)), 1};
    const std::size_t column = random_.below(columns);
    const std::string json = fmt::format(R"({{"inc":{}}})", random_.below(1'000'000));
    Column counter;
    counter.type = {ivm::TypeKind::bigint, ivm::TypeKind::unknown};
    counter.merge = Merge::counter;
    for (RowState* one : {&real, &expected}) {
      REQUIRE_FALSE(one->cells[column].merge(counter, version, json, values_).has_value());
      one->lived = std::max(one->lived, version);
    }
  }

  Random& random_;
  triples::Rows& rows_;
  PlainValues values_;
  Model model_;
};

TEST_CASE("packed rows are what was packed") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (std::uint64_t turn = 0; turn < test_size(20, 2'000); ++turn) {
    CAPTURE(turn);
    const laterbase::tests::TempDir directory;
    ivm::ScratchFile file(directory.path());
    triples::Rows rows(columns, {random.one_in(2) ? ivm::Memory(&file) : ivm::Memory(), random.below(6)});
    Changes changes(random, rows);
    for (int step = 0; step < 400; ++step) {
      changes.make_one();
      if (random.one_in(5)) rows.pack_some();
      if (random.one_in(20)) changes.check();
    }
    rows.pack_all();
    changes.check();
    changes.check_packed();
  }
}

TEST_CASE("rows lie in the memory that was given") {
  const laterbase::tests::TempDir directory;
  ivm::ScratchFile file(directory.path());
  const PlainValues values;
  MemoryLog log;
  Store store(values, log, {ivm::Memory(&file)});
  const auto post = [&](const std::string& facts) {
    store.apply(log.at(log.add(key_of(log.head() + 1), "{\"@tx\":[" + facts + "]}")));
  };
  post(R"(["@table","t","definition",{"columns":[{"name":"id","number":1,"type":"text"},)"
       R"({"name":"text","number":2,"type":"text"}],"key":[0]}])");
  Delta delta;
  for (int i = 0; i < 4'000; ++i) {
    post(fmt::format(R"(["t","{}","text","{:>1000}"])", i, i));
    if (i % 100 == 99) {
      delta = {};
      store.flush(delta);
    }
  }
  CHECK(store.table("t")->size() == 4'000);
  CHECK(file.size() > 2 * 4'000 * 1'000);  // what was written, and the row that shows
}

}  // namespace
}  // namespace laterbase::triples::tests
