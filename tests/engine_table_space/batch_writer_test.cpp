#include <xxhash.h>

#include <catch2/catch.hpp>
#include <thread>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "engine/table/batch_writer.h"
#include "engine/table/xxh64.h"
#include "tests/support/seed.h"
#include "tests/support/temp_dir.h"

using namespace laterbase;
using namespace laterbase::worktable;

namespace {

std::string random_bytes(Random& random, std::size_t length) {
  std::string bytes(length, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string contents(File& file) {
  std::string bytes(file.size(), '\0');
  file.read_at(0, bytes.data(), bytes.size());
  return bytes;
}

// Blocks that tile the bytes, in random order.
std::vector<Block> cut(const std::string& bytes, Random& random) {
  std::vector<Block> blocks;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length =
        std::min<std::size_t>(1 + random.below(random.one_in(30) ? 3'000'000 : 40'000), bytes.size() - at);
    blocks.push_back({at, BytesView(bytes).substr(at, length)});
    at += length;
  }
  for (auto i = blocks.size(); i > 1; --i) std::swap(blocks[i - 1], blocks[random.below(i)]);
  return blocks;
}

std::unique_ptr<BatchWriter> make(const std::string& kind, const std::string& path, File& file) {
  return kind == "pwrite" ? make_plain_writer(file) : make_ring_writer(path);
}

}  // namespace

TEST_CASE("both batch writers write every block where it belongs", "[batch_writer]") {
  const std::string kind = GENERATE("pwrite", "io_uring");
  const auto seed = test_seed();
  CAPTURE(seed, kind);
  Random random(seed);
  const tests::TempDir directory;
  const auto path = directory.path() + "/file";
  const auto file = real_disk().open(path, true);
  const auto writer = make(kind, path, *file);
  if (writer == nullptr) {
    WARN("this kernel lets nobody use io_uring: only pwrite is tested");
    return;
  }
  CHECK(writer->name() == kind);
  writer->write({});
  for (int round = 0; round < 3; ++round) {
    const auto bytes = random_bytes(random, 1 + random.below(9'000'000));
    file->truncate(0);
    writer->write(cut(bytes, random));
    const bool same = contents(*file) == bytes;
    REQUIRE(same);
  }
}

TEST_CASE("several threads write through one batch writer", "[batch_writer]") {
  const std::string kind = GENERATE("pwrite", "io_uring");
  const auto seed = test_seed();
  CAPTURE(seed, kind);
  Random random(seed);
  const tests::TempDir directory;
  const auto path = directory.path() + "/file";
  const auto file = real_disk().open(path, true);
  const auto writer = make(kind, path, *file);
  if (writer == nullptr) return;
  const auto bytes = random_bytes(random, 4'000'000);
  const auto blocks = cut(bytes, random);
  std::vector<std::thread> threads;
  for (std::size_t part = 0; part < 4; ++part)
    threads.emplace_back([&, part] {
      for (auto i = part; i < blocks.size(); i += 4) writer->write({&blocks[i], 1});
    });
  for (auto& thread : threads) thread.join();
  const bool same = contents(*file) == bytes;
  REQUIRE(same);
}

TEST_CASE("a full disk is a Failure of both batch writers", "[batch_writer]") {
  const std::string kind = GENERATE("pwrite", "io_uring");
  CAPTURE(kind);
  const auto file = real_disk().open("/dev/full", false);
  const auto writer = make(kind, "/dev/full", *file);
  if (writer == nullptr) return;
  const std::string bytes(300'000, 'x');
  const std::vector<Block> blocks(100, Block{0, bytes});
  try {
    writer->write(blocks);
    FAIL("it was written");
  } catch (const Failure& failure) {
    CHECK(failure.code() == FailureCode::disk_full);
  }
}

TEST_CASE("xxh64 is the XXH64 of libxxhash", "[xxh64]") {
  const auto seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (std::size_t length = 0; length < 300; ++length) {
    const auto bytes = random_bytes(random, length);
    const auto with = random();
    REQUIRE(xxh64(bytes.data(), bytes.size(), with) == XXH64(bytes.data(), bytes.size(), with));
  }
}
