// CRC-32C (Castagnoli), the checksum of stored rows.
#ifndef HN_STORAGES_CRC32C_H
#define HN_STORAGES_CRC32C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Belongs to one storage object: 8 KB made in a few microseconds instead of a global table.
typedef struct hn_crc32c_table {
    uint32_t row[8][256];
    bool by_instruction; // the processor computes it, the table is not needed
} hn_crc32c_table;

void hn_crc32c_init(hn_crc32c_table *table);
void hn_crc32c_init_plain(hn_crc32c_table *table); // the table even where there is an instruction
// The checksum of what came before (`crc`, 0 at first) followed by `n` bytes. "123456789" has
// 0xE3069283.
uint32_t hn_crc32c(const hn_crc32c_table *table, uint32_t crc, const void *data, size_t n);

#endif
