Attribute VB_Name = "xlkit_ribbon"
' One Sub per control of ribbon.xml; everything else is Python.
Option Explicit

Public Sub xlkit_ribbon_check(control As IRibbonControl)
    RunPython "import xlkit.excel; xlkit.excel.run('check')"
End Sub

Public Sub xlkit_ribbon_recompute(control As IRibbonControl)
    RunPython "import xlkit.excel; xlkit.excel.run('recompute')"
End Sub

Public Sub xlkit_ribbon_undo_recompute(control As IRibbonControl)
    RunPython "import xlkit.excel; xlkit.excel.run('undo_recompute')"
End Sub

Public Sub xlkit_ribbon_reconcile(control As IRibbonControl)
    RunPython "import xlkit.excel; xlkit.excel.run('reconcile')"
End Sub

Public Sub xlkit_ribbon_add_row(control As IRibbonControl)
    RunPython "import xlkit.excel; xlkit.excel.run('add_row')"
End Sub

Public Sub xlkit_ribbon_send(control As IRibbonControl)
    RunPython "import xlkit.excel; xlkit.excel.run('send')"
End Sub

Public Sub xlkit_ribbon_clear_findings(control As IRibbonControl)
    RunPython "import xlkit.excel; xlkit.excel.run('clear_findings')"
End Sub

Public Sub xlkit_ribbon_help(control As IRibbonControl)
    RunPython "import xlkit.excel; xlkit.excel.run('help')"
End Sub
