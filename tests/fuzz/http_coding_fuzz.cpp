#include "engine/base/invariant.h"
#include "server/http/coding.h"

// Bodies that say they are gzip or zstd: bounded, whatever they claim.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace laterbase;
  if (size == 0) return 0;
  const std::string_view wire(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto coding = data[0] % 2 == 0 ? http::Coding::gzip : http::Coding::zstd;
  constexpr std::uint64_t bound = 100'000;
  std::string out;
  const auto decoded = http::decode(coding, wire, bound, out);
  LATERBASE_INVARIANT(out.size() <= bound + 1, "no more is unpacked than allowed");
  LATERBASE_INVARIANT(decoded != http::Decoded::ok || out.size() <= bound, "what is taken fits");
  return 0;
}
