# Writes an image into the configuration memory of the first device of a hw_server. Arguments: server, memory part, image.
lassign $argv server memory image
open_hw_manager
connect_hw_server -url $server
open_hw_target
set device [lindex [get_hw_devices] 0]
current_hw_device $device
refresh_hw_device -update_hw_probes false $device
set parts [get_cfgmem_parts $memory]
if {[llength $parts] != 1} { error "no memory part is called $memory" }
create_hw_cfgmem -hw_device $device [lindex $parts 0]
set flash [get_property PROGRAM.HW_CFGMEM $device]
set_property PROGRAM.FILES [list $image] $flash
set_property PROGRAM.ADDRESS_RANGE {use_file} $flash
set_property PROGRAM.ERASE 1 $flash
set_property PROGRAM.CFG_PROGRAM 1 $flash
set_property PROGRAM.VERIFY 1 $flash
create_hw_bitstream -hw_device $device [get_property PROGRAM.HW_CFGMEM_BITFILE $device]
program_hw_devices $device
program_hw_cfgmem -hw_cfgmem $flash
boot_hw_device $device
close_hw_target
disconnect_hw_server
