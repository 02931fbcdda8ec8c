#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/stat.h>

#include <cstring>
#include <string_view>

#include "engine/base/hash.h"
#include "server/library/typed_reducer.h"

// Which code it is: the build id that the linker wrote into the program or shared object, and where it wrote none, the
// file's size and time.
namespace laterbase::library {
namespace {

struct Sought {
  ElfW(Addr) address;
  std::uint64_t found = 0;
};

bool holds(const dl_phdr_info& module, ElfW(Addr) address) {
  for (int i = 0; i < module.dlpi_phnum; ++i) {
    const auto& part = module.dlpi_phdr[i];
    const ElfW(Addr) begin = module.dlpi_addr + part.p_vaddr;
    if (part.p_type == PT_LOAD && address >= begin && address < begin + part.p_memsz) return true;
  }
  return false;
}

std::uint64_t build_id_in(std::string_view notes) {
  const auto padded = [](std::size_t size) { return (size + 3) & ~std::size_t{3}; };
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) head;
    std::memcpy(&head, notes.data(), sizeof head);
    const std::size_t name_at = sizeof head, text_at = name_at + padded(head.n_namesz);
    if (text_at + padded(head.n_descsz) > notes.size()) return 0;
    if (head.n_type == NT_GNU_BUILD_ID && notes.substr(name_at, 3) == "GNU")
      return hash64(notes.substr(text_at, head.n_descsz));
    notes.remove_prefix(text_at + padded(head.n_descsz));
  }
  return 0;
}

int look_at(dl_phdr_info* module, std::size_t, void* data) {
  auto& sought = *static_cast<Sought*>(data);
  if (!holds(*module, sought.address)) return 0;
  for (int i = 0; i < module->dlpi_phnum && sought.found == 0; ++i) {
    const auto& part = module->dlpi_phdr[i];
    if (part.p_type != PT_NOTE) continue;
    sought.found = build_id_in({reinterpret_cast<const char*>(module->dlpi_addr + part.p_vaddr), part.p_memsz});
  }
  return 1;
}

std::uint64_t file_identity(const void* address) {
  Dl_info info{};
  struct stat file {};
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr || stat(info.dli_fname, &file) != 0) return 1;
  std::string about;
  for (const std::int64_t part : {std::int64_t{file.st_size}, std::int64_t{file.st_mtim.tv_sec},
                                  std::int64_t{file.st_mtim.tv_nsec}, std::int64_t(file.st_ino)})
    append_le(about, part);
  return hash64(about);
}

}  // namespace

std::uint64_t code_identity(const void* address) {
  Sought sought{reinterpret_cast<ElfW(Addr)>(address), 0};
  dl_iterate_phdr(look_at, &sought);
  return sought.found != 0 ? sought.found : file_identity(address);
}

}  // namespace laterbase::library
