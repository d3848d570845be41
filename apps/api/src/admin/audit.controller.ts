import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AdminAuditReader } from './admin-audit.reader.js';
import { type AuditPage, auditPage, type AuditQuery, auditQuery } from './audit.schema.js';

@ApiTags('admin')
@ApiBearerAuth()
@Controller('admin/audit')
export class AuditController {
  constructor(private readonly audit: AdminAuditReader) {}

  @Get()
  @ApiOperation({ summary: 'Who changed what: every admin write, newest first.' })
  @ApiResponse({ status: 200, standardSchema: auditPage })
  list(@Query({ schema: auditQuery }) query: AuditQuery): Promise<AuditPage> {
    return this.audit.newest(query);
  }
}
