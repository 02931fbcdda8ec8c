#include "engine/base/bytes.h"

#include <bit>

static_assert(std::endian::native == std::endian::little, "files are little-endian and are used in place");
