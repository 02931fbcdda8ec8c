#include <array>
#include <map>

#include "tests/engine_storage/storage_kinds.h"
#include "tests/engine_storage/test_support.h"

// Random transactions on a storage and on std::map: whatever is read, in old snapshots too, is equal.

using namespace laterbase;
using namespace laterbase::test;

namespace {

using Model = std::map<std::string, std::string, std::less<>>;
using Models = std::array<Model, 3>;

struct Stop : std::exception {};

struct Snapshot {
  std::unique_ptr<ReadTxn> txn;
  Models models;
};

class Walk {
 public:
  Walk(Storage& storage, Random& random) : storage_(storage), random_(random) {}

  void step() {
    switch (random_.below(8)) {
      case 0:
        if (snapshots_.size() < 5) snapshots_.push_back({storage_.read(), models_});
        break;
      case 1:
        if (!snapshots_.empty())
          snapshots_.erase(snapshots_.begin() + static_cast<long>(random_.below(snapshots_.size())));
        break;
      case 2:
        for (Snapshot& each : snapshots_) look(*each.txn, each.models);
        break;
      case 3:
        look(*storage_.read(), models_);
        break;
      default:
        transaction();
    }
  }

  void compare_all(ReadTxn& txn, const Models& models) {
    for (std::uint8_t table = 0; table < 3; ++table) {
      auto cursor = txn.cursor(TableId{table});
      bool on = cursor->first();
      for (const auto& [key, value] : models[table]) {
        require(on && cursor->key() == key && cursor->value() == value);
        on = cursor->next();
      }
      require(!on);
      require(txn.count(TableId{table}) == models[table].size());
    }
  }

  void end() {
    for (Snapshot& each : snapshots_) compare_all(*each.txn, each.models);
    compare_all(*storage_.read(), models_);
  }

 private:
  static void require(bool condition) {
    if (!condition) REQUIRE(condition);  // an assertion of Catch costs more than the work under test
  }

  std::string key() {
    if (random_.one_in(50)) return std::string(1 + random_.below(511), static_cast<char>('a' + random_.below(4)));
    return std::to_string(random_.below(2000));
  }

  std::string value() {
    const std::uint64_t size = random_.one_in(40) ? random_.below(20'000) : random_.below(200);
    return std::string(size, static_cast<char>('a' + random_.below(26)));
  }

  void transaction() {
    const bool abort = random_.one_in(5);
    const Random start = random_;
    Models models;
    try {
      storage_.update([&](WriteTxn& txn) {
        random_ = start;  // it may be run again
        models = models_;
        const std::uint64_t writes = random_.one_in(20) ? 1000 : random_.below(40);
        for (std::uint64_t i = 0; i < writes; ++i) write(txn, models);
        look(txn, models);
        if (abort) throw Stop();
      });
      require(!abort);
      models_ = models;
    } catch (const Stop&) {
      require(abort);
    }
  }

  void write(WriteTxn& txn, Models& models) {
    const auto index = random_.below(3);
    const TableId table{static_cast<std::uint8_t>(index)};
    Model& model = models[index];
    const std::string at = key();
    switch (random_.below(6)) {
      case 0:
        require(txn.erase(table, at) == (model.erase(at) > 0));
        break;
      case 1: {
        const std::string bytes = value();
        require(txn.insert(table, at, bytes) == model.emplace(at, bytes).second);
        break;
      }
      case 2: {
        const std::string last = model.empty() ? "" : model.rbegin()->first;
        const std::string next = last.size() < 500 ? last + '!' : "";
        if (next > last) {
          txn.append(table, next, "appended");
          model[next] = "appended";
        }
        break;
      }
      case 3:
        erase_some(txn, table, model);
        break;
      default: {
        const std::string bytes = value();
        txn.put(table, at, bytes);
        model[at] = bytes;
      }
    }
  }

  // With a cursor that goes on from what was erased under it.
  void erase_some(WriteTxn& txn, TableId table, Model& model) {
    auto cursor = txn.cursor(table);
    bool on = cursor->seek(key());
    const bool forward = random_.one_in(2);
    for (int i = 0; on && i < 4; ++i) {
      const std::string at(cursor->key());
      const auto found = model.find(at);
      require(found != model.end() && cursor->value() == found->second);
      const bool erase = random_.one_in(2);
      if (erase) require(txn.erase(table, at));
      on = forward ? cursor->next() : cursor->prev();
      const bool expected = forward ? std::next(found) != model.end() : found != model.begin();
      require(on == expected);
      if (on) require(cursor->key() == (forward ? std::next(found) : std::prev(found))->first);
      if (erase) model.erase(found);
    }
  }

  void look(ReadTxn& txn, const Models& models) {
    const auto index = random_.below(3);
    const TableId table{static_cast<std::uint8_t>(index)};
    const Model& model = models[index];
    const std::string at = key();
    const auto found = model.find(at);
    const auto got = txn.get(table, at);
    require(got.has_value() == (found != model.end()));
    if (got) require(*got == found->second);
    const auto from = model.lower_bound(at);
    auto cursor = txn.cursor(table);
    require(cursor->seek(at) == (from != model.end()));
    if (from == model.end()) return;
    require(cursor->key() == from->first && cursor->value() == from->second);
    require(cursor->prev() == (from != model.begin()));
    if (from != model.begin()) require(cursor->key() == std::prev(from)->first);
  }

  Storage& storage_;
  Random& random_;
  Models models_;
  std::vector<Snapshot> snapshots_;
};

}  // namespace

TEST_CASE("random transactions give what std::map gives, in snapshots too") {
  const auto& kind = storage_kinds()[GENERATE(range(std::size_t{0}, storage_kinds().size()))];
  const std::uint64_t from = test_seed();
  INFO("storage: " << kind.name << ", LATERBASE_SEED=" << from);
  Random random(from);
  const TemporaryDirectory directory;
  const auto storage = kind.open(directory.path());
  Walk walk(*storage, random);
  for (std::uint64_t i = 0; i < test_size(400, 20'000); ++i) walk.step();
  walk.end();
}
