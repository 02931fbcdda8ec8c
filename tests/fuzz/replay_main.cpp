#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/seed.h"

// Runs a fuzz target over the inputs kept in a directory, then over mutations of them: replay DIRECTORY. A crash of the
// target is the failure; the seed is printed before, and LATERBASE_SEED repeats it.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::string mutated(std::string input, laterbase::Random& random) {
  for (std::uint64_t changes = 1 + random.below(4); changes > 0; --changes) {
    const std::size_t at = random.below(input.size() + 1);
    switch (random.below(5)) {
      case 0:
        input.insert(at, 1, static_cast<char>(random()));
        break;
      case 1:
        input.erase(at, 1 + random.below(4));
        break;
      case 2:
        input.insert(at, input.substr(random.below(input.size() + 1), random.below(16)));
        break;
      case 3:
        input.resize(at);
        break;
      default:
        if (at < input.size()) input[at] = static_cast<char>(random());
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "replay takes the directory of the kept inputs\n");
    return 2;
  }
  const std::uint64_t seed = laterbase::test_seed();
  fmt::print("LATERBASE_SEED={}\n", seed);
  std::fflush(stdout);
  laterbase::Random random(seed);
  std::size_t kept = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(file), {}};
    ++kept;
    run(input);
    for (std::uint64_t i = laterbase::test_size(2'000, 500'000); i > 0; --i) run(mutated(input, random));
  }
  if (kept == 0) fmt::print(stderr, "there is no kept input in {}\n", argv[1]);
  return kept == 0 ? 1 : 0;
}
