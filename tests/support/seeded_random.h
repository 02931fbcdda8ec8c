#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/seed.h"

namespace laterbase::tests {

// A generator seeded by LATERBASE_SEED, or anew. Every failure in its scope says with which seed it happened.
class SeededRandom {
 public:
  SeededRandom()
      : seed_(test_seed()),
        message_(Catch::MessageBuilder("", CATCH_INTERNAL_LINEINFO, Catch::ResultWas::Info)
                 << "LATERBASE_SEED=" << seed_),
        random_(seed_) {}
  Random& operator()() noexcept { return random_; }

  std::string bytes(std::size_t size) {
    std::string out(size, '\0');
    for (char& c : out) c = static_cast<char>(random_());
    return out;
  }

 private:
  std::uint64_t seed_;
  Catch::ScopedMessage message_;
  Random random_;
};

}  // namespace laterbase::tests
