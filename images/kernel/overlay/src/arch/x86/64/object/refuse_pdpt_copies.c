/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A capability of a page directory pointer table (PDPT) cannot be copied or sent.
 *
 * Mode_deriveCap does not know it, and stops the kernel. Every process has one and can make more, so every process
 * could stop the machine. Now that is an illegal operation, as for a table that is not mapped. A real copy would not do:
 * Mode_sameRegionAs does not know this capability either, so deleting one copy would unmap the table.
 *
 * All C files are compiled as one, in the order of their names: this one comes after the definition and
 * before the only call.
 */
static inline deriveCap_ret_t deriveCapButPdpt(cte_t *slot, cap_t cap)
{
    if (cap_get_capType(cap) == cap_pdpt_cap) {
        deriveCap_ret_t refused;

        userError("Deriving a PDPT cap");
        current_syscall_error.type = seL4_IllegalOperation;
        refused.cap = cap_null_cap_new();
        refused.status = EXCEPTION_SYSCALL_ERROR;
        return refused;
    }
    return Mode_deriveCap(slot, cap);
}

#define Mode_deriveCap deriveCapButPdpt
