#include "engine/base/hash.h"
#include "engine/storage/lmdb_check.h"
#include "engine/storage/memory_disk.h"
#include "tests/engine_storage/lmdb_support.h"

// Damaged files are told in words, or read as they were written: never a crash, never other keys. Values carry a
// checksum, as those of the rooms above do, because LMDB's file has none.

using namespace laterbase;
using namespace laterbase::test;

namespace {

std::string sealed(const std::string& key, std::string value) {
  append_le(value, hash64(value, hash64(key)));
  return value;
}

bool is_sealed(BytesView key, BytesView value) {
  if (value.size() < 8) return false;
  const BytesView body = value.substr(0, value.size() - 8);
  return load_le<std::uint64_t>(value.data() + body.size()) == hash64(body, hash64(key));
}

struct Sample {
  std::string bytes;  // of data.mdb
  Contents a, b;
};

// A file of some hundred pages with everything in it: branches, overflow pages, and pages that are free again.
Sample make_sample(Random& random) {
  const TemporaryDirectory directory(TemporaryDirectory::in_memory);
  Sample sample;
  {
    const auto storage = open_lmdb(directory.path());
    for (int i = 0; i < 30; ++i)
      storage->update([&](WriteTxn& txn) {
        for (int j = 0; j < 60; ++j) {
          const std::string key = std::to_string(random.below(1000));
          const std::string value = sealed(key, random_bytes(random, random.below(random.one_in(20) ? 20'000 : 200)));
          txn.put(table_a, key, value);
          txn.erase(table_a, std::to_string(random.below(1000)));
          txn.put(table_b, random_bytes(random, 1 + random.below(100)), "");
        }
      });
    sample.a = contents_of(*storage, table_a);
    sample.b = contents_of(*storage, table_b);
  }
  sample.bytes = file_bytes(directory / "data.mdb");
  return sample;
}

enum class Found { equal, told, wrong };

Found look(Storage& storage, const Sample& sample) {
  const Contents a = contents_of(storage, table_a);
  for (const auto& [key, value] : a)
    if (!is_sealed(key, value)) return Found::told;
  return a == sample.a ? Found::equal : Found::wrong;
}

// Reads all and then writes, so that whatever the check has let through is used.
Found use(const std::string& directory, const Sample& sample) {
  try {
    const auto storage = open_lmdb(directory, expected());
    const Found found = look(*storage, sample);
    contents_of(*storage, table_b);
    storage->update([&](WriteTxn& txn) {
      for (int i = 0; i < 50; ++i) txn.put(table_a, std::to_string(i), sealed(std::to_string(i), "new"));
      for (int i = 500; i < 550; ++i) txn.erase(table_a, std::to_string(i));
    });
    return found;
  } catch (const Failure& failure) {
    INFO(failure.what());
    REQUIRE(failure.code() == FailureCode::damaged);
    REQUIRE(std::string(failure.what()).find("data.mdb") != std::string::npos);
    return Found::told;
  }
}

}  // namespace

TEST_CASE("a flipped bit in LMDB's file is told, or changes nothing") {
  const std::uint64_t from = test_seed();
  INFO("LATERBASE_SEED=" << from);
  Random random(from);
  const Sample sample = make_sample(random);
  std::map<Found, int> count;
  for (std::uint64_t i = 0; i < test_size(300, 10'000); ++i) {
    const TemporaryDirectory directory(TemporaryDirectory::in_memory);
    std::string bytes = sample.bytes;
    // Half of them where structure is: page headers and the first pages.
    const std::uint64_t at = random.one_in(2)   ? random.below(bytes.size())
                             : random.one_in(4) ? random.below(2 * 4096)
                                                : random.below(bytes.size() / 4096) * 4096 + random.below(64);
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
    INFO("byte " << at);
    write_file(directory / "data.mdb", bytes);
    const Found found = use(directory.path(), sample);
    REQUIRE(found != Found::wrong);
    ++count[found];
  }
  CAPTURE(count[Found::equal], count[Found::told]);
  REQUIRE(count[Found::told] > 30);
  REQUIRE(count[Found::equal] > 0);
}

TEST_CASE("random bytes over LMDB's file are told, or change nothing") {
  const std::uint64_t from = test_seed();
  INFO("LATERBASE_SEED=" << from);
  Random random(from);
  const Sample sample = make_sample(random);
  for (std::uint64_t i = 0; i < test_size(60, 2'000); ++i) {
    const TemporaryDirectory directory(TemporaryDirectory::in_memory);
    std::string bytes = sample.bytes;
    const std::string noise = random_bytes(random, 1 + random.below(random.one_in(2) ? 16 : 8192));
    const std::uint64_t at = random.below(bytes.size() - noise.size());
    bytes.replace(at, noise.size(), noise);
    write_file(directory / "data.mdb", bytes);
    INFO(noise.size() << " bytes from " << at);
    REQUIRE(use(directory.path(), sample) != Found::wrong);
  }
}

TEST_CASE("LMDB's file cut short at any size is told at opening") {
  const std::uint64_t from = test_seed();
  INFO("LATERBASE_SEED=" << from);
  Random random(from);
  const Sample sample = make_sample(random);
  std::vector<std::uint64_t> sizes = {0, 1, 151, 152, 4095, 4096, 8191, 8192, 8193, sample.bytes.size() - 1};
  while (sizes.size() < test_size(40, 500)) sizes.push_back(random.below(sample.bytes.size()));
  int told = 0;
  for (const std::uint64_t size : sizes) {
    const TemporaryDirectory directory(TemporaryDirectory::in_memory);
    write_file(directory / "data.mdb", sample.bytes.substr(0, size));
    INFO("cut to " << size << " of " << sample.bytes.size());
    const Found found = use(directory.path(), sample);
    REQUIRE(found != Found::wrong);  // equal where only pages that are free were cut off
    if (found == Found::told) ++told;
  }
  REQUIRE(told > static_cast<int>(sizes.size()) * 8 / 10);
}

TEST_CASE("the check names the page and what is wrong with it") {
  Random random(test_seed());
  const Sample sample = make_sample(random);
  const auto told = [&](std::uint64_t at, char byte) {
    const auto disk = make_memory_disk();
    const auto file = disk->open("data.mdb", true);
    file->write_at(0, sample.bytes);
    REQUIRE(check_lmdb_pages(*file).has_value());
    file->write_at(at, BytesView(&byte, 1));
    const auto checked = check_lmdb_pages(*file);
    REQUIRE_FALSE(checked.has_value());
    return checked.error().detail;
  };
  REQUIRE(told(16, 'x') == "page 0 is no LMDB meta page");
  REQUIRE(told(4096 + 20, 9) == "page 1 is of another version of LMDB");
  REQUIRE(told(4096 + 144, 'x').find("which don't follow") != std::string::npos);
  REQUIRE(told(40, 3) == "page 0 gives a page size of 4099");
}

TEST_CASE("a file of random transactions passes the check, and so does its backup") {
  const std::uint64_t from = test_seed();
  INFO("LATERBASE_SEED=" << from);
  Random random(from);
  for (std::uint64_t i = 0; i < test_size(10, 300); ++i) {
    const TemporaryDirectory directory(TemporaryDirectory::in_memory), copy(TemporaryDirectory::in_memory);
    Contents contents;
    {
      const auto storage = open_lmdb(directory.path());
      const std::uint64_t transactions = random.below(30);
      for (std::uint64_t j = 0; j < transactions; ++j)
        storage->update([&](WriteTxn& txn) {
          for (std::uint64_t k = random.below(300); k > 0; --k) {
            const std::string key = std::to_string(random.below(3000));
            if (random.one_in(3))
              txn.erase(table_a, key);
            else
              txn.put(table_a, key, std::string(random.below(random.one_in(30) ? 50'000 : 300), 'v'));
          }
        });
      std::ofstream file(copy / "data.mdb", std::ios::binary);
      storage->backup([&](BytesView bytes) { file.write(bytes.data(), static_cast<long>(bytes.size())); });
      contents = contents_of(*storage, table_a);
    }
    for (const auto* each : {&directory, &copy}) {
      const auto checked = verify_lmdb_file(each->path());
      INFO((checked ? "" : checked.error().detail));
      REQUIRE(checked.has_value());
      REQUIRE(contents_of(*open_lmdb(each->path(), expected()), table_a) == contents);
    }
  }
}
